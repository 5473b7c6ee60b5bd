//! Every command is held against the model.

use std::process::Command;

use super::job::Job;
use super::model::{self, Excuses, Files, Held, May, Said};
use crate::support::Ended;

impl Job {
    /// Runs a command, and holds what it did against what it may do.
    pub(super) fn run(&mut self, args: &[&str], may: &May) -> Ended {
        let mut command = self.command(args);
        self.observed(may, |_| Ended::of(&mut command))
    }

    /// Runs a command that was printed.
    pub(super) fn run_printed(&mut self, line: &str, may: &May) -> Ended {
        let mut command = self.in_shell("sh", line);
        self.observed(may, |_| Ended::of(&mut command))
    }

    /// A line that a shell runs in the folder of the job.
    pub(super) fn in_shell(&self, shell: &str, line: &str) -> Command {
        let mut command = Command::new(shell);
        command
            .args(["-c", line])
            .current_dir(self.dir.path(""))
            .env_remove("REASSIGN_BASE_URL")
            .env("REASSIGN_TOKEN", crate::support::TOKEN)
            .env("TZ", "UTC")
            .stdin(std::process::Stdio::null());
        command
    }

    pub(super) fn observed(&mut self, may: &May, act: impl FnOnce(&Job) -> Ended) -> Ended {
        self.held(may, false, act)
    }

    /// The same for a run that the disk may keep from writing its results.
    pub(super) fn observed_on_a_full_disk(
        &mut self,
        may: &May,
        act: impl FnOnce(&Job) -> Ended,
    ) -> Ended {
        self.held(may, true, act)
    }

    fn held(
        &mut self,
        may: &May,
        may_lack_results: bool,
        act: impl FnOnce(&Job) -> Ended,
    ) -> Ended {
        let (before, written) = (self.files(), self.record().len());
        let ended = act(self);
        self.note(&ended);
        let (after, mut new) = (self.files(), self.ours(written));
        if matches!(may, May::Make(_)) && self.in_doubt {
            // What a killed run had sent may arrive only now.
            let under_way = model::announced(&before);
            new.retain(|write| !under_way.contains(&(write.contact, write.assignee)));
        }
        let may = &self.as_written(may, &before, &after);
        let excuses = Excuses {
            may_repeat: self.in_doubt || self.is_faulty,
            may_lack_results,
            ..Excuses::default()
        };
        let said = Said {
            // Who is killed has no code.
            code: u8::try_from(ended.code()).unwrap_or(137),
            text: &format!("{}{}", ended.stdout(), ended.stderr()),
        };
        let held = model::check(&before, &after, &new, may, &said, excuses);
        if let Err(why) = held.and_then(|()| self.results_are_true(may, &after)) {
            self.fail(&why);
        }
        if let May::Send { results, .. } = may
            && after.contains_key(results)
            && (!new.is_empty() || !self.results.contains(results))
        {
            self.results.retain(|known| known != results);
            self.results.push(results.clone());
        }
        ended
    }

    /// New results of another sheet have the date in their names: those whose journal has grown. Where the disk was full,
    /// results may be there as text alone.
    fn as_written(&self, may: &May, before: &Files, after: &Files) -> May {
        let May::Send { read, results } = may else {
            return may.clone();
        };
        let begins = format!("{}.20", self.stem);
        let grown = after.iter().find_map(|(name, bytes)| {
            let job = name.strip_suffix(".reassign/journal")?;
            (job.starts_with(&begins) && before.get(name) != Some(bytes)).then_some(job)
        });
        let dated = grown.map(|job| format!("{job}.results.{}", self.ending()));
        let results = dated.unwrap_or_else(|| results.clone());
        let text = results.replace(".xlsx", ".csv");
        May::Send {
            read: read.clone(),
            results: match after.contains_key(&results) || !after.contains_key(&text) {
                true => results,
                false => text,
            },
        }
    }

    fn results_are_true(&self, may: &May, after: &Files) -> Held {
        let May::Send { results, .. } = may else {
            return Ok(());
        };
        match after.get(results) {
            Some(bytes) => model::results_are_true(bytes, &self.ours(0), &self.moved, false),
            None => Ok(()),
        }
    }
}
