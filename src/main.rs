//! Parses the arguments, runs the command, prints one error line, exits.

use std::process::ExitCode;

fn main() -> ExitCode {
    if let Some(code) = reassign::sheet::serve_child() {
        return code;
    }
    reassign::answer_shell();
    let args: Vec<_> = std::env::args_os().collect();
    match reassign::run(args.clone()) {
        Ok(status) => status.into(),
        Err(err) => {
            // Nobody is left to hear it if standard error is closed; the exit code still tells.
            reassign::tell_error(&err, &args);
            reassign::ExitStatus::of(&err).into()
        }
    }
}
