//! Lines that keep their words whole at any width.

use std::io::{self, Write};

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};
use textwrap::{Options, WordSeparator, WordSplitter};

use crate::platform::columns;
use crate::unprintable::visible;
use crate::wording::number;

use super::streams::{self, is_terminal};

/// The width of what goes to no terminal, where something has to have one.
const ELSEWHERE: usize = 100;
/// Narrower than this nothing can be laid out.
const NARROWEST: usize = 24;

/// What a line is about; shown by colour, and never by colour alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum LineTone {
    /// Nothing in particular.
    #[default]
    Plain,
    /// A heading.
    Heading,
    /// It went well.
    Good,
    /// Somebody should look at it.
    Warning,
}

impl LineTone {
    fn style(self) -> Style {
        match self {
            LineTone::Plain => Style::new(),
            LineTone::Heading => Style::new().bold(),
            LineTone::Good => AnsiColor::Green.on_default(),
            LineTone::Warning => AnsiColor::Yellow.on_default(),
        }
    }
}

/// How a line is laid out.
enum Layout {
    /// Wrapped; further lines are indented so far.
    Wrapped { first: usize, further: usize },
    /// As it is.
    AsItIs,
    /// A command, continued with a backslash where it does not fit.
    Command(Vec<String>),
    /// A table, made for the width there is.
    Table(Box<dyn Fn(usize) -> Vec<String>>),
}

/// What a command shows.
#[derive(Default)]
pub(crate) struct Screen(Vec<(LineTone, String, Layout)>);

impl Screen {
    /// Each line a sentence; an indented one stays as it is.
    pub(crate) fn of(text: &str) -> Screen {
        let mut screen = Screen::default();
        for line in text.split('\n') {
            match line.starts_with(' ') {
                true => screen.as_it_is(line),
                false => screen.say(line),
            }
        }
        screen
    }

    /// A line that stays as it is.
    pub(crate) fn as_it_is(&mut self, line: impl Into<String>) {
        self.0.push((LineTone::Plain, line.into(), Layout::AsItIs));
    }

    /// A sentence, or several.
    pub(crate) fn say(&mut self, text: impl Into<String>) {
        self.toned(LineTone::Plain, text);
    }

    /// The same in a tone.
    pub(crate) fn toned(&mut self, tone: LineTone, text: impl Into<String>) {
        self.wrapped(tone, 0, 2, text);
    }

    /// A sentence that belongs to the line above.
    pub(crate) fn detail(&mut self, text: impl Into<String>) {
        self.wrapped(LineTone::Plain, 2, 4, text);
    }

    /// A count, and what is counted, in a column.
    pub(crate) fn item(&mut self, count: usize, text: impl AsRef<str>) {
        let text = format!("{:>6}  {}", number(count), text.as_ref());
        self.wrapped(LineTone::Plain, 0, 8, text);
    }

    /// One of several sentences, behind a mark such as `-` or a number.
    pub(crate) fn bullet(&mut self, mark: &str, text: impl AsRef<str>) {
        let further = 3 + mark.len();
        let text = format!("{mark} {}", text.as_ref());
        self.wrapped(LineTone::Plain, 2, further, text);
    }

    /// An empty line, unless nothing stands above it.
    pub(crate) fn space(&mut self) {
        let is_needed = self.0.last().is_some_and(|(_, text, layout)| {
            !text.is_empty() || !matches!(layout, Layout::Wrapped { .. })
        });
        if is_needed {
            self.say("");
        }
    }

    /// A command that can be copied, given word by word as a shell takes them.
    pub(crate) fn command(&mut self, words: Vec<String>) {
        let layout = Layout::Command(words);
        self.0.push((LineTone::Plain, String::new(), layout));
    }

    /// Lines that are made for the width there is.
    pub(crate) fn table(&mut self, lines: impl Fn(usize) -> Vec<String> + 'static) {
        let layout = Layout::Table(Box::new(lines));
        self.0.push((LineTone::Plain, String::new(), layout));
    }

    /// What another screen shows.
    pub(crate) fn extend(&mut self, other: Screen) {
        self.0.extend(other.0);
    }

    fn wrapped(&mut self, tone: LineTone, first: usize, further: usize, text: impl Into<String>) {
        let layout = Layout::Wrapped { first, further };
        self.0.push((tone, text.into(), layout));
    }

    /// The sentences and commands, each on a line, for what is no screen.
    pub(crate) fn texts(&self) -> Vec<String> {
        let lines = self.lines(None).into_iter();
        lines.map(|(_, line)| line.trim().to_owned()).collect()
    }

    /// The lines at this width; without one each sentence is a line.
    pub(crate) fn lines(&self, width: Option<usize>) -> Vec<(LineTone, String)> {
        let width = width.map(|width| width.max(NARROWEST));
        let mut lines = Vec::new();
        for (tone, text, layout) in &self.0 {
            let of = match layout {
                Layout::Wrapped { first, further } => wrap(&visible(text), *first, *further, width),
                Layout::AsItIs => vec![visible(text).into_owned()],
                Layout::Command(words) => command(words, width),
                Layout::Table(table) => table(width.unwrap_or(ELSEWHERE)),
            };
            lines.extend(of.into_iter().map(|line| (*tone, line)));
        }
        lines
    }

    /// Prints it on standard output. Nothing is lost if nobody reads it.
    pub(crate) fn print_out(&self) {
        let (width, colour) = (width_of_output(), has_colour(&io::stdout()));
        // A reader that has gone away has seen what it wanted; anything else is told.
        if let Err(err) = self.print(&mut streams::stdout(), width, colour)
            && err.kind() != io::ErrorKind::BrokenPipe
        {
            let why = format!("cannot write to standard output: {}", err.kind());
            Screen::of(&why).print_err();
        }
    }

    /// Prints it on standard error.
    pub(crate) fn print_err(&self) {
        let (width, colour) = (width_of_errors(), has_colour(&io::stderr()));
        // Nobody is left to hear it if standard error is closed.
        let _ = self.print(&mut streams::stderr(), width, colour);
    }

    fn print(&self, to: &mut dyn Write, width: Option<usize>, colour: bool) -> io::Result<()> {
        let mut text = String::new();
        for (tone, line) in self.lines(width) {
            match colour && tone != LineTone::Plain && !line.is_empty() {
                true => {
                    let style = tone.style();
                    text.push_str(&format!("{style}{line}{style:#}\n"));
                }
                false => {
                    text.push_str(&line);
                    text.push('\n');
                }
            }
        }
        to.write_all(text.as_bytes())?;
        to.flush()
    }
}

/// Whether a bar may be drawn on standard error and drawn again.
pub(crate) fn shows_bars() -> bool {
    is_terminal(&io::stderr()) && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

/// How many columns the terminal has that standard output goes to.
pub(crate) fn width_of_output() -> Option<usize> {
    let to = io::stdout();
    is_terminal(&to).then(|| columns(&to)).flatten()
}

/// How many columns the terminal has that standard error goes to.
pub(crate) fn width_of_errors() -> Option<usize> {
    let to = io::stderr();
    is_terminal(&to).then(|| columns(&to)).flatten()
}

fn has_colour(to: &impl anstream::stream::RawStream) -> bool {
    AutoStream::choice(to) != ColorChoice::Never
}

fn wrap(text: &str, first: usize, further: usize, width: Option<usize>) -> Vec<String> {
    let (first, further) = (" ".repeat(first), " ".repeat(further));
    let Some(width) = width else {
        return text
            .lines()
            .map(|line| format!("{first}{line}"))
            .collect::<Vec<_>>()
            .or_empty();
    };
    let options = Options::new(width)
        .initial_indent(&first)
        .subsequent_indent(&further)
        .break_words(false)
        .word_separator(WordSeparator::AsciiSpace)
        .word_splitter(WordSplitter::NoHyphenation);
    let lines = textwrap::wrap(text, options);
    lines
        .into_iter()
        .map(|line| line.trim_end().to_owned())
        .collect()
}

/// An empty text is one empty line.
trait OrEmpty {
    fn or_empty(self) -> Self;
}

impl OrEmpty for Vec<String> {
    fn or_empty(mut self) -> Vec<String> {
        if self.is_empty() {
            self.push(String::new());
        }
        self
    }
}

/// A command on one line, or on several that a shell reads as one.
fn command(words: &[String], width: Option<usize>) -> Vec<String> {
    use unicode_width::UnicodeWidthStr;
    const END: usize = 2;
    let mut lines: Vec<String> = Vec::new();
    for word in words {
        match lines.last_mut() {
            None => lines.push(format!("  {word}")),
            Some(line) => {
                let fits = width.is_none_or(|width| line.width() + 1 + word.width() + END <= width);
                if fits {
                    line.push(' ');
                    line.push_str(word);
                } else {
                    line.push_str(" \\");
                    lines.push(format!("    {word}"));
                }
            }
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(screen: &Screen, width: Option<usize>) -> String {
        let lines = screen.lines(width).into_iter().map(|(_, line)| line);
        lines.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn a_sentence_is_wrapped_between_words_and_hangs_below_its_beginning() {
        let mut screen = Screen::default();
        screen.item(
            15,
            "rows will not be sent, because something is wrong with each",
        );
        assert_eq!(
            shown(&screen, Some(40)),
            "    15  rows will not be sent, because\n        something is wrong with each"
        );
        assert_eq!(
            shown(&screen, None),
            "    15  rows will not be sent, because something is wrong with each"
        );
    }

    #[test]
    fn a_word_that_is_wider_than_the_screen_stays_whole() {
        let mut screen = Screen::default();
        screen.say("The plan is in /a/very/long/path/to/some/folder/of/mine/team.plan.csv now.");
        assert!(
            shown(&screen, Some(30))
                .contains("\n  /a/very/long/path/to/some/folder/of/mine/team.plan.csv\n"),
            "{}",
            shown(&screen, Some(30))
        );
    }

    #[test]
    fn a_command_that_does_not_fit_is_continued_as_a_shell_takes_it() {
        let mut screen = Screen::default();
        let words = ["reassign", "apply", "'my team.xlsx'", "--max-unassign", "4"];
        screen.command(words.map(str::to_owned).to_vec());
        assert_eq!(
            shown(&screen, Some(36)),
            "  reassign apply 'my team.xlsx' \\\n    --max-unassign 4"
        );
    }

    #[test]
    fn what_steers_a_terminal_does_not_reach_it() {
        let mut screen = Screen::default();
        screen.say("a\u{1b}[31mb");
        assert!(!shown(&screen, Some(80)).contains('\u{1b}'));
    }
}
