//! What people, other programs and the workspace do between the commands of a history.

use super::*;

impl History {
    /// Changes the results as somebody does who has them open.
    pub(super) fn edit_results(&mut self, edit: impl FnOnce(&mut Table, &mut Random) -> String) {
        let name = self.results_of_sheet();
        let Ok(bytes) = fs::read(self.path(&name)) else {
            return;
        };
        let mut table = Table::read(&bytes);
        if table.rows.is_empty() || table.place("reassign_row").is_none() {
            return;
        }
        let told = edit(&mut table, &mut self.random);
        fs::write(self.path(&name), table.write()).expect("a file");
        self.told.push(format!("{name}: {told}"));
    }

    pub(super) fn decide(&mut self) -> Held {
        self.edit_results(|table, random| {
            let row = random.below(table.rows.len());
            let (column, text) = match random.below(4) {
                0 => ("reassign_decision", "skip"),
                1 => ("reassign_decision", "again"),
                2 => ("reassign_decision", "move"),
                _ => ("assignee", ["101", "102", "103"][random.below(3)]),
            };
            if let Some(place) = table.place(column) {
                text.clone_into(&mut table.rows[row][place]);
            }
            format!("line {}: {column} = {text}", row + 2)
        });
        Ok(())
    }

    pub(super) fn empty_errors(&mut self) -> Held {
        self.edit_results(|table, _| {
            if let Some(place) = table.place("reassign_error") {
                table.rows.iter_mut().for_each(|row| row[place].clear());
            }
            "errors are emptied".to_owned()
        });
        Ok(())
    }

    pub(super) fn reorder_results(&mut self) -> Held {
        self.edit_results(|table, random| {
            let (one, other) = (
                random.below(table.rows.len()),
                random.below(table.rows.len()),
            );
            table.rows.swap(one, other);
            format!("lines {} and {} change places", one + 2, other + 2)
        });
        Ok(())
    }

    /// What a spreadsheet program makes of it: other delimiters, a mark in front, other line ends.
    pub(super) fn through_a_spreadsheet(&mut self) -> Held {
        let name = self.results_of_sheet();
        self.edit_results(|table, random| {
            table.form = Form::Text(if random.one_in(2) { b';' } else { b',' });
            "saved by a spreadsheet program".to_owned()
        });
        if let Ok(text) = fs::read_to_string(self.path(&name)) {
            let text = text
                .trim_start_matches('\u{feff}')
                .replace("\r\n", "\n")
                .replace('\n', "\r\n");
            fs::write(self.path(&name), format!("\u{feff}{text}")).expect("a file");
        }
        Ok(())
    }

    pub(super) fn lose_a_column(&mut self) -> Held {
        self.lost_columns = true;
        self.edit_results(|table, random| {
            // Without these it is no results file any more.
            const KEPT: [&str; 7] = [
                "contact",
                "assignee",
                "to",
                "reassign_row",
                "reassign_contact",
                "reassign_assignee",
                "reassign_status",
            ];
            let place = random.below(table.header.len());
            if KEPT.contains(&table.header[place].as_str()) {
                return "nothing is lost".to_owned();
            }
            table
                .rows
                .iter_mut()
                .for_each(|row| drop(row.remove(place)));
            format!("without {}", table.header.remove(place))
        });
        Ok(())
    }

    /// Runs some commands while something is as it should not be. They may do nothing.
    pub(super) fn meanwhile(&mut self, commands: &[&[&str]]) -> Held {
        for words in commands {
            let ended = match words[0] {
                "apply" => self.send(words, &May::Make(Vec::new()), Mishap::None)?,
                _ => self.run(words, &May::Make(Vec::new()), Mishap::None)?,
            };
            if !matches!(ended.code, 0..=3) {
                return Err("an odd exit code".to_owned());
            }
        }
        Ok(())
    }

    /// A line of the journal is not as it was written, and later it is again.
    pub(super) fn damaged_for_a_while(&mut self) -> Held {
        let (sheet, results) = (self.sheet(), self.results_of_sheet());
        let journal = self.path(&format!("{}.reassign/journal", self.stem));
        let Ok(whole) = fs::read(&journal) else {
            return Ok(());
        };
        if self.has_dated() {
            return Ok(());
        }
        let Some(end) = whole.iter().position(|byte| *byte == b'\n') else {
            return Ok(());
        };
        if end + 1 == whole.len() {
            return Ok(()); // a torn last line is no damage
        }
        let mut damaged = whole.clone();
        damaged[self.random.below(end)] ^= 1;
        fs::write(&journal, damaged).expect("a file");
        self.told.push("the journal is damaged".to_owned());
        self.meanwhile(&[&["apply", &sheet], &["plan", &sheet]])?;
        if self.exists(&results) {
            self.meanwhile(&[
                &["apply", &results],
                &["plan", &results],
                &["undo", &results, "-o", "no.csv"],
            ])?;
        }
        let _ = fs::remove_file(self.path("no.csv"));
        fs::write(&journal, whole).expect("a file");
        self.told.push("the journal is whole again".to_owned());
        Ok(())
    }

    /// Results, or the folder of their job, are not there, and later they are again.
    pub(super) fn away_for_a_while(&mut self) -> Held {
        let (sheet, results) = (self.sheet(), self.results_of_sheet());
        let journal = fs::read(self.path(&format!("{}.reassign/journal", self.stem)));
        // Otherwise what is there was not made by a run, or is not even there.
        if !journal.is_ok_and(|journal| model::is_of_a_run(&journal)) || !self.exists(&results) {
            return Ok(());
        }
        let name = match self.random.below(2) {
            0 => results.clone(),
            _ => format!("{}.reassign", self.stem),
        };
        let away = self.folder.path().join("away");
        fs::rename(self.path(&name), &away).expect("there");
        self.told.push(format!("{name} is away"));
        let commands: &[&[&str]] = match name == results {
            // A run that was cut short is continued without its results.
            true => &[&["plan", &sheet]],
            false => &[&["apply", &sheet], &["plan", &sheet]],
        };
        self.meanwhile(commands)?;
        let _ = fs::remove_dir_all(self.path(&name));
        fs::rename(&away, self.path(&name)).expect("there");
        self.told.push(format!("{name} is back"));
        Ok(())
    }

    /// Whether the sheet has results with a date in their name, which are its own from then on.
    pub(super) fn has_dated(&self) -> bool {
        let begins = format!("{}.20", self.stem);
        self.files().keys().any(|name| name.starts_with(&begins))
    }

    /// Something else stands where results go.
    pub(super) fn foreign_for_a_while(&mut self) -> Held {
        let (sheet, results) = (self.sheet(), self.results_of_sheet());
        if self.has_dated() {
            return Ok(());
        }
        let path = self.path(&results);
        let there = fs::read(&path).ok();
        fs::write(&path, "name,birthday\nAnn,1 May\n").expect("a file");
        self.told.push(format!("{results} is something else"));
        self.meanwhile(&[&["apply", &sheet], &["plan", &sheet]])?;
        match there {
            Some(bytes) => fs::write(&path, bytes).expect("a file"),
            None => fs::remove_file(&path).expect("a file"),
        }
        self.told.push(format!("{results} is what it was"));
        Ok(())
    }

    /// Results go on their way without the folder of their job.
    pub(super) fn copy_without_folder(&mut self) -> Held {
        let results = self.results_of_sheet();
        if !self.results.contains(&results)
            || !self.exists(&results)
            || self.exists("copy.results.csv")
        {
            return Ok(());
        }
        fs::copy(self.path(&results), self.path("copy.results.csv")).expect("a copy");
        self.told
            .push(format!("{results} is copied without its folder"));
        let may = self.may_send("copy.results.csv", "copy.results.csv");
        let mishap = match self.random.below(3) {
            0 => Mishap::Killed,
            1 => Mishap::PowerCut,
            _ => Mishap::None,
        };
        self.run(
            &["plan", "copy.results.csv"],
            &May::Make(Vec::new()),
            Mishap::None,
        )?;
        self.send(
            &["apply", "copy.results.csv", "--same-workspace"],
            &may,
            mishap,
        )
        .map(drop)
    }

    /// Somebody throws something away.
    pub(super) fn delete(&mut self) -> Held {
        let results = self.results_of_sheet();
        if !self.random.one_in(3) {
            return Ok(());
        }
        self.evidence_is_gone = true;
        self.excuses.may_repeat = true;
        if self.random.one_in(2) {
            let _ = fs::remove_file(self.path(&results));
            self.told.push(format!("{results} is deleted"));
        } else {
            let _ = fs::remove_dir_all(self.path(&format!("{}.reassign", self.stem)));
            self.told.push("the job's folder is deleted".to_owned());
        }
        Ok(())
    }

    pub(super) fn edit_sheet(&mut self) -> Held {
        let place = self.random.below(self.rows.len());
        let id = self.any_contact();
        let new = row(&mut self.random, id);
        match self.random.below(4) {
            0 => self.rows[place].assignee = new.assignee,
            1 => self.rows.insert(place, new),
            2 => self.rows.push(new),
            _ if self.rows.len() > 5 => drop(self.rows.remove(place)),
            _ => {}
        }
        self.write_sheet();
        self.told
            .push(format!("the sheet is edited near row {}", place + 2));
        Ok(())
    }

    pub(super) fn other_hands(&mut self) -> Held {
        let (contact, user) = (self.any_contact(), USERS[1 + self.random.below(4)].0);
        self.foreign.insert(self.record().len());
        self.moved.insert(contact);
        let sandbox = &self.server.sandbox;
        sandbox.assign(contact.cast_signed(), Some(user.cast_signed()));
        self.told.push(format!("others move {contact} to {user}"));
        Ok(())
    }

    /// The server behaves otherwise from now on.
    pub(super) fn faults(&mut self) -> Held {
        let (text, is_faulty) = match self.random.below(3) {
            0 => ("500=0", false),
            1 => ("500=0.1,lost=0.1,449=0.1", true),
            _ => ("drop=0.1,stall=0.1,lost=0.1", true),
        };
        let seed = self.random.next();
        self.change_server(text, seed);
        self.excuses.may_repeat |= is_faulty;
        self.is_faulty = is_faulty;
        self.told.push(format!("faults: {text}"));
        Ok(())
    }

    pub(super) fn change_server(&mut self, faults: &str, seed: u64) {
        let faults = faults.parse().expect("faults");
        let sandbox = Arc::get_mut(&mut self.server.sandbox).expect("no command is at work");
        sandbox.change(Scenario::default(), faults, seed);
    }

    /// The sheet, its results and all that belongs to it get another name.
    pub(super) fn rename(&mut self) -> Held {
        let old = self.stem.clone();
        let new = if old == "team" { "handover" } else { "team" };
        let names: Vec<String> = fs::read_dir(self.home())
            .expect("a folder")
            .map(|entry| {
                entry
                    .expect("an entry")
                    .file_name()
                    .into_string()
                    .expect("UTF-8")
            })
            .collect();
        if names
            .iter()
            .any(|name| name.starts_with(&format!("{new}.")))
        {
            return Ok(());
        }
        let begins = format!("{old}.");
        for name in names.iter().filter(|name| name.starts_with(&begins)) {
            let to = name.replacen(&old, new, 1);
            fs::rename(self.path(name), self.path(&to)).expect("a file");
        }
        for name in self
            .results
            .iter_mut()
            .filter(|name| name.starts_with(&begins))
        {
            *name = name.replacen(&old, new, 1);
        }
        new.clone_into(&mut self.stem);
        self.told.push(format!("{old} is renamed to {new}"));
        Ok(())
    }
}
