//! What commands a history gives, and what is expected of each.

use super::*;

impl History {
    pub(super) fn show(&mut self, command: &[&str], more: &[&str]) -> Held {
        let sheet = self.sheet();
        let words = [command, &[sheet.as_str()], more].concat();
        let mishap = match self.random.below(8) {
            0 => Mishap::Killed,
            1 => Mishap::PowerCut,
            2 => Mishap::Full,
            _ => Mishap::None,
        };
        let mut outputs = Vec::new();
        if !self.results.iter().any(|name| name == "plan.csv") {
            outputs.push("plan.".to_owned());
        }
        let ended = self.run(&words, &May::Make(outputs), mishap)?;
        if !matches!(ended.code, 0..=3 | 137) {
            return Err("an odd exit code".to_owned());
        }
        if more.contains(&"plan.csv")
            && let Some((_, rest)) = ended.err.split_once("  Plan ")
        {
            self.plan = rest.split(',').next().map(str::to_owned);
        }
        let results = self.results_of_sheet();
        if !self.results.contains(&results) && self.exists(&results) {
            // It holds a plan, made under the name of results before there were any.
            fs::remove_file(self.path(&results)).expect("a plan");
            let _ = fs::remove_dir_all(self.path(&format!("{}.reassign", self.stem)));
            self.told.push("that plan is deleted".to_owned());
        }
        Ok(())
    }

    pub(super) fn trial(&mut self) -> Held {
        let (sheet, trial) = (self.sheet(), format!("{}.trial.", self.stem));
        let words = ["apply", &sheet, "--sandbox", "--quiet"];
        let mishap = match self.random.below(4) {
            0 => Mishap::Killed,
            1 => Mishap::PowerCut,
            _ => Mishap::None,
        };
        self.run(&words, &May::Make(vec![trial]), mishap).map(drop)
    }

    pub(super) fn may_send(&self, read: &str, results: &str) -> May {
        May::Send {
            read: vec![read.to_owned()],
            results: results.to_owned(),
        }
    }

    /// How a run is called: nothing stops it but what happens to it.
    pub(super) fn calm(&mut self, words: &[&str]) -> Vec<String> {
        const CALM: [&str; 11] = [
            "--yes",
            "--timeout",
            "5s",
            "--queue-wait",
            "50ms",
            "--max-unassign",
            "100%",
            "--max-failures",
            "off",
            "--max-drift",
            "100%",
        ];
        let mut words: Vec<String> = words
            .iter()
            .copied()
            .chain(CALM)
            .map(str::to_owned)
            .collect();
        if self.random.one_in(2) {
            words.extend(["--rate", "1000/s"].map(str::to_owned));
        }
        if self.random.one_in(2) {
            words.push("--quiet".to_owned());
        }
        words
    }

    pub(super) fn send(
        &mut self,
        words: &[&str],
        may: &May,
        mishap: Mishap,
    ) -> Result<Ended, String> {
        let words = self.calm(words);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        self.run(&words, may, mishap)
    }

    pub(super) fn apply(&mut self, more: &[&str], mishap: Mishap) -> Held {
        let (sheet, results) = (self.sheet(), self.results_of_sheet());
        let words = [&["apply", sheet.as_str()][..], more].concat();
        let may = self.may_send(&sheet, &results);
        let ended = self.send(&words, &may, mishap)?;
        self.unless_refused(ended, &may).map(drop)
    }

    /// What is refused prints what works: that is run, and the same refusal must not come back.
    pub(super) fn unless_refused(&mut self, ended: Ended, may: &May) -> Result<Ended, String> {
        if ended.code != 2 {
            return Ok(ended);
        }
        let ways: Vec<&str> = ended
            .err
            .lines()
            .filter(|line| line.starts_with("  ") && line.contains(" apply "))
            .filter(|line| !line.contains(" -o "))
            .map(str::trim)
            .collect();
        if ways.is_empty() {
            return Ok(ended);
        }
        let way = ways[self.random.below(ways.len())];
        let words = shlex::split(way).ok_or_else(|| format!("this cannot be typed: {way}"))?;
        // What is read may be another file than the one that was refused.
        let read = Path::new(&words[2]).strip_prefix(self.home());
        let read = read.map_err(|_| format!("this is no file of the job: {way}"))?;
        let May::Send { results, .. } = may else {
            return Ok(ended);
        };
        let may = self.may_send(read.to_str().expect("UTF-8"), results);
        let again = self.run_args(words[1..].to_vec(), &may, Mishap::None)?;
        if again.code == 2 && again.err.lines().next() == ended.err.lines().next() {
            return Err(format!("the printed command is refused in its turn: {way}"));
        }
        Ok(again)
    }

    pub(super) fn apply_results(&mut self, mishap: Mishap) -> Held {
        let results = self.results_of_sheet();
        if !self.exists(&results) {
            return Ok(());
        }
        let may = self.may_send(&results, &results);
        self.send(&["apply", &results], &may, mishap).map(drop)
    }

    pub(super) fn apply_plan(&mut self) -> Held {
        if !self.exists("plan.csv") {
            return Ok(());
        }
        let may = self.may_send("plan.csv", "plan.csv");
        let id = self.plan.clone().filter(|_| self.random.one_in(2));
        let mishap = match self.random.below(4) {
            0 => Mishap::Killed,
            1 => Mishap::PowerCut,
            _ => Mishap::None,
        };
        match id {
            Some(id) => self.send(&["apply", "plan.csv", "--expect", &id], &may, mishap),
            None => self.send(&["apply", "plan.csv"], &may, mishap),
        }
        .map(drop)
    }

    /// Takes back what these results tell, and applies the undo.
    pub(super) fn undo_of(&mut self, results: &str, may_fail: bool) -> Held {
        let name = format!("undo-{}", self.told.len());
        let sheet = format!("{name}.csv");
        let ended = self.run(
            &["undo", results, "-o", &sheet],
            &May::Make(Vec::new()),
            Mishap::None,
        )?;
        if !matches!(ended.code, 0 | 1) {
            return Err("an odd exit code".to_owned());
        }
        if !self.exists(&sheet) {
            return Ok(());
        }
        let results = format!("{name}.results.csv");
        let may = self.may_send(&sheet, &results);
        let mishap = match self.random.below(6) {
            0 if may_fail => Mishap::Killed,
            1 if may_fail => Mishap::PowerCut,
            _ => Mishap::None,
        };
        let mut last = self.send(&["apply", &sheet], &may, mishap)?;
        for _ in 0..5 {
            if matches!(last.code, 0 | 1) && !says_again(&last) {
                break;
            }
            last = self.send(&["apply", &sheet], &may, Mishap::None)?;
        }
        Ok(())
    }

    /// What others wrote later than these results goes back to what these gave, and not to what there was at first.
    pub(super) fn undone_before_others(&mut self, results: &str) {
        let mut runs = self.results.iter().rev();
        let last = runs.find(|name| !name.starts_with("undo-"));
        if last.is_some_and(|last| last != results) {
            let bytes = fs::read(self.path(results)).expect("results");
            let table = Table::read(&bytes);
            let contacts = table.rows.iter().map(|row| table.cell(row, "contact"));
            self.moved.extend(contacts.filter_map(model::contact));
        }
    }

    pub(super) fn report(&mut self) -> Held {
        let results = self.results_of_sheet();
        if !self.exists(&results) {
            return Ok(());
        }
        let may = May::Make(vec!["page.html".to_owned()]);
        let ended = self.run(&["report", &results, "-o", "page.html"], &may, Mishap::None)?;
        match ended.code {
            0 => Ok(()),
            _ => Err("no report".to_owned()),
        }
    }

    /// What must be refused, whatever else is there.
    pub(super) fn refused(&mut self) -> Held {
        let (sheet, results) = (self.sheet(), self.results_of_sheet());
        let trial = format!("{}.trial.results.csv", self.stem);
        let tsv = format!("{}.results.tsv", self.stem);
        if self.results.contains(&results) && self.exists(&results) {
            self.meanwhile(&[
                &["apply", &results, "--sandbox"],
                &["plan", &results, "--sandbox"],
                &["apply", &results, "-o", &sheet],
            ])?;
            self.meanwhile(&[
                &["apply", &sheet, "-o", &tsv],
                &["plan", &sheet, "-o", &tsv],
            ])?;
            // The same server by another name is another workspace.
            let port = self.server.listener.local_addr().expect("a socket").port();
            let other = format!("http://localhost:{port}/v1");
            for command in ["apply", "plan"] {
                for file in [&sheet, &results] {
                    let mut words = vec![command, file.as_str(), "--base-url", other.as_str()];
                    if command == "apply" {
                        words.push("--yes");
                    }
                    self.run(&words, &May::Make(Vec::new()), Mishap::None)?;
                }
            }
        }
        if self.exists(&trial) {
            self.meanwhile(&[
                &["apply", &trial],
                &["plan", &trial],
                &["plan", &sheet, "--sandbox"],
            ])?;
        }
        Ok(())
    }

    /// The same sheet and results with other endings, and trials and real runs where the others' results are.
    pub(super) fn by_other_names(&mut self) -> Held {
        let (sheet, results) = (self.sheet(), self.results_of_sheet());
        if !self.results.contains(&results) || !self.exists(&results) || self.has_dated() {
            return Ok(());
        }
        let (sheet_tsv, results_tsv) = (
            format!("{}.tsv", self.stem),
            format!("{}.results.tsv", self.stem),
        );
        fs::copy(self.path(&sheet), self.path(&sheet_tsv)).expect("a copy");
        self.meanwhile(&[&["plan", &sheet_tsv], &["apply", &sheet_tsv]])?;
        fs::remove_file(self.path(&sheet_tsv)).expect("the copy");
        fs::copy(self.path(&results), self.path(&results_tsv)).expect("a copy");
        self.meanwhile(&[&["plan", &results_tsv]])?;
        // Only the journal tells whose the folder is.
        if self.exists(&format!("{}.reassign/journal", self.stem)) {
            self.meanwhile(&[&["apply", &results_tsv]])?;
        }
        fs::remove_file(self.path(&results_tsv)).expect("the copy");
        self.meanwhile(&[
            &["plan", &sheet, "--sandbox", "-o", &results],
            &["apply", &sheet, "--sandbox", "-o", &results],
            &["apply", &sheet, "--sandbox", "--dry-run", "-o", &results],
        ])?;
        // A trial may write where it is told to, and a real run must not go on with that.
        let tried = May::Make(vec!["tried.trial.".to_owned()]);
        self.run(
            &[
                "apply",
                &sheet,
                "--sandbox",
                "--quiet",
                "-o",
                "tried.trial.csv",
            ],
            &tried,
            Mishap::None,
        )?;
        self.meanwhile(&[
            &["plan", &sheet, "-o", "tried.trial.csv"],
            &["apply", &sheet, "-o", "tried.trial.csv"],
            &["apply", &sheet, "--dry-run", "-o", "tried.trial.csv"],
        ])
    }

    /// The next state of results goes to another file.
    pub(super) fn elsewhere(&mut self) -> Held {
        let results = self.results_of_sheet();
        if !self.exists(&results) {
            return Ok(());
        }
        let may = self.may_send(&results, "second.csv");
        self.send(&["apply", &results, "-o", "second.csv"], &may, Mishap::None)
            .map(drop)
    }

    /// A trial goes on, or a saved plan is tried.
    pub(super) fn trial_again(&mut self) -> Held {
        let trial = format!("{}.trial.results.csv", self.stem);
        let may = May::Make(vec![
            format!("{}.trial.", self.stem),
            "plan.trial.".to_owned(),
        ]);
        for name in [trial.as_str(), "plan.csv"] {
            if self.exists(name) && !self.results.iter().any(|known| known == name) {
                self.run(&["plan", name, "--sandbox"], &may, Mishap::None)?;
                self.run(
                    &["apply", name, "--sandbox", "--quiet"],
                    &may,
                    Mishap::Killed,
                )?;
                self.run(&["apply", name, "--sandbox", "--quiet"], &may, Mishap::None)?;
            }
        }
        Ok(())
    }

    /// A plan is saved where results would go, and the sheet is applied.
    pub(super) fn plan_as_results(&mut self) -> Held {
        let (sheet, results) = (self.sheet(), self.results_of_sheet());
        if self.exists(&results) || self.exists(&format!("{}.reassign", self.stem)) {
            return Ok(());
        }
        self.run(
            &["plan", &sheet, "-o", &results],
            &May::Make(Vec::new()),
            Mishap::None,
        )?;
        self.meanwhile(&[&["apply", &sheet], &["plan", &sheet]])?;
        let _ = fs::remove_file(self.path(&results));
        self.told.push("that plan is deleted".to_owned());
        // Its record is left, and a run takes its place.
        self.apply(&[], Mishap::None)
    }

    /// Whatever was left open is run until only people can go on.
    pub(super) fn settle(&mut self) -> Held {
        self.told.push("--- settling".to_owned());
        self.change_server("500=0", 0);
        self.is_faulty = false;
        let results = self.results_of_sheet();
        for _ in 0..8 {
            let read = match self.exists(&results) {
                true => results.clone(),
                false => self.sheet(),
            };
            let may = self.may_send(&read, &results);
            let ended = self.send(&["apply", &read], &may, Mishap::None)?;
            let ended = self.unless_refused(ended, &may)?;
            self.make_rows_new(&ended);
            if matches!(ended.code, 0 | 1) {
                self.excuses.may_repeat = false;
                let left = fs::read(self.path(&results)).map(|bytes| Table::read(&bytes).to_run());
                if !says_again(&ended) && left.unwrap_or_default() == 0 {
                    return Ok(());
                }
            } else if self.evidence_is_gone {
                return Ok(()); // it says so, and somebody has to choose
            }
        }
        Err("it does not settle".to_owned())
    }

    /// Follows the advice of a refusal: rows whose reason was lost are treated as new ones.
    pub(super) fn make_rows_new(&mut self, ended: &Ended) {
        if !ended.err.contains("to treat the row as new") {
            return;
        }
        let place = ended.err.split_once("row ").map(|(_, rest)| rest);
        let number = place
            .and_then(|rest| rest.split(':').next())
            .unwrap_or_default();
        self.edit_results(|table, _| {
            let ours: Vec<usize> = (0..table.header.len())
                .filter(|place| table.header[*place].starts_with("reassign_"))
                .collect();
            // As a spreadsheet program counts them, whatever number the row had at first.
            let row = number
                .parse::<usize>()
                .ok()
                .and_then(|row| row.checked_sub(2));
            if let Some(row) = row.and_then(|place| table.rows.get_mut(place)) {
                ours.iter().for_each(|place| row[*place].clear());
            }
            format!("row {number} is to be a new one")
        });
    }

    /// Everything is taken back, the last results first; then everybody has what they had, but where others moved it.
    pub(super) fn take_back(&mut self) -> Held {
        self.told.push("--- taking back".to_owned());
        for results in self.results.clone().into_iter().rev() {
            if self.exists(&results) && !results.starts_with("undo-") {
                self.undo_of(&results, false)?;
            }
        }
        if self.evidence_is_gone {
            return Ok(());
        }
        let owners = self.owners();
        let missing: Vec<String> = self
            .at_first
            .iter()
            .filter(|(id, _)| !self.moved.contains(id) && !self.blind.contains(id))
            .filter(|(id, first)| owners[id] != **first)
            .map(|(id, first)| format!("{id} was with {first} and is with {}", owners[id]))
            .collect();
        match missing.is_empty() {
            true => Ok(()),
            false => Err(format!("not given back: {}", missing.join(", "))),
        }
    }
}
