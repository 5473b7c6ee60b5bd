//! The words that people read: on screens, on pages, in results, in help and in the documents for users.

use std::fs;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use proc_macro2::{TokenStream, TokenTree};

/// What a stranger takes for a message to customers, what only we understand, and second words for one thing.
const NOT: &str = "send?; nothing was sent; nothing is sent; nothing will be sent; nothing to send; will not be sent; \
    not sent yet; sent again; before anything is sent; the look; told; stands; left out; way back; as many as it gets; \
    is so already; goes on with what is open; nothing is proven; if you want this; moved by somebody else; spot check; gini";
/// What programs read, as its schema says.
const FOR_PROGRAMS: (&str, &str) = ("src/commands/apply.rs", "nothing to send");
const DOCUMENTS: &str = "README.md docs/README.md docs/guide.md docs/reference.md docs/options.md docs/reasons.md \
    docs/sentences.md";

/// The literals of a source without its comments, which are help where options are.
fn literals(tokens: TokenStream, is_help: bool, all: &mut Vec<String>) {
    let mut before = String::new();
    for token in tokens {
        match &token {
            TokenTree::Literal(literal) => all.push(literal.to_string()),
            TokenTree::Group(group) => {
                let inside = group.stream();
                let first = inside.clone().into_iter().next();
                let is_doc = first.is_some_and(|it| it.to_string() == "doc");
                if !is_doc || (before == "#" && is_help) {
                    literals(inside, is_help, all);
                }
            }
            _ => {}
        }
        before = token.to_string();
    }
}

fn sources(folder: &Path, all: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("a file").path();
        let name = path.file_stem().expect("a name").to_string_lossy();
        // The sandbox speaks as the API does, vocabularies as sheets do, and the world of the tests is one.
        let is_apart = ["tests", "test_world", "sandbox", "vocabulary"].contains(&&*name);
        match path.is_dir() {
            true if !is_apart => sources(&path, all),
            false if !is_apart => all.push(path),
            _ => {}
        }
    }
}

/// The phrases of the list that a text holds as whole words, whatever its lines and capitals.
fn found(text: &str) -> Vec<&'static str> {
    let words = |text: &str| {
        let parts = text.split(|c: char| !c.is_alphanumeric() && !"-_?".contains(c));
        let parts: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
        format!(" {} ", parts.join(" ").to_lowercase())
    };
    let text = words(&text.replace("\\\n", " "));
    let phrases = NOT.split("; ");
    phrases.filter(|it| text.contains(&words(it))).collect()
}

#[test]
fn no_word_that_is_misunderstood_is_on_a_screen_or_in_a_document_for_users() {
    assert_eq!(
        found("It was told:\n  nothing WAS \\\n sent."),
        ["nothing was sent", "told"]
    );
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut wrong, mut files, mut count) = (Vec::new(), Vec::new(), 0);
    sources(&root.join("src"), &mut files);
    for path in files
        .iter()
        .filter(|path| path.extension().is_some_and(|it| it == "rs"))
    {
        let shown = path.strip_prefix(root).expect("a source").to_string_lossy();
        let text = fs::read_to_string(path).expect("a source");
        let code = text
            .split("#[cfg(test)]\nmod tests {")
            .next()
            .expect("a part");
        let tokens = TokenStream::from_str(code).unwrap_or_else(|err| panic!("{shown}: {err}"));
        let mut all = Vec::new();
        literals(tokens, shown.starts_with("src/cli/"), &mut all);
        count += all.len();
        for said in &all {
            let phrases = found(said).into_iter();
            let phrases = phrases.filter(|it| (&*shown, *it) != FOR_PROGRAMS);
            wrong.extend(phrases.map(|it| format!("{shown}: `{it}` in {said}")));
        }
    }
    assert!(count > 2000, "only {count} literals were found");
    for name in DOCUMENTS.split(' ') {
        let text = fs::read_to_string(root.join(name)).expect("a document");
        wrong.extend(found(&text).iter().map(|it| format!("{name}: `{it}`")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
