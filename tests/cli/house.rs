//! The house: which file uses which, as the `use` lines of the tree say it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// Files that still use each other in a circle. The list may only become shorter.
const KNOWN: &[&str] = &[];

/// A module by its path below the crate's root.
type Module = Vec<String>;

/// Which others each uses.
type Arrows = BTreeMap<Module, BTreeSet<Module>>;

/// The tree of the program's files.
struct Tree {
    /// Its code without comments and tests.
    files: BTreeMap<Module, String>,
    /// What a module hands on under a name of its own, and where that is.
    handed_on: BTreeMap<Module, Module>,
}

impl Tree {
    fn read() -> Tree {
        let mut files = BTreeMap::new();
        gather(
            &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
            &[],
            &mut files,
        );
        let mut handed_on = BTreeMap::new();
        for (module, code) in &files {
            for (is_public, path) in uses(code) {
                if let Some(name) = path.last().filter(|_| is_public) {
                    let known = [module.as_slice(), std::slice::from_ref(name)].concat();
                    handed_on.insert(known, absolute(module, &path));
                }
            }
        }
        Tree { files, handed_on }
    }

    /// The file that holds what is meant, wherever it was handed on.
    fn file_of(&self, path: Module) -> Option<Module> {
        let mut path = path;
        for _ in 0..8 {
            let shorter =
                (1..=path.len()).find(|count| self.handed_on.contains_key(&path[..*count]));
            let Some(count) = shorter.filter(|count| !self.files.contains_key(&path[..*count]))
            else {
                break;
            };
            path = [self.handed_on[&path[..count]].as_slice(), &path[count..]].concat();
        }
        let lengths = (1..=path.len()).rev();
        lengths
            .map(|count| path[..count].to_vec())
            .find(|module| self.files.contains_key(module))
    }

    /// Which other files each file uses. What a room's first file shares with the files of its own room is not counted.
    fn arrows(&self) -> Arrows {
        let of = |(module, code): (&Module, &String)| {
            let used = uses(code).into_iter().filter(|(is_public, _)| !is_public);
            let named = paths(code).into_iter();
            let all = used.map(|(_, path)| path).chain(named);
            let files = all.filter_map(|path| self.file_of(absolute(module, &path)));
            let others =
                files.filter(|other| !other.starts_with(module) && !module.starts_with(other));
            (module.clone(), others.collect())
        };
        let files = self.files.iter().filter(|(module, _)| !module.is_empty());
        files.map(of).collect()
    }
}

fn gather(folder: &Path, room: &[String], files: &mut BTreeMap<Module, String>) {
    for entry in fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("a file").path();
        let stem = path
            .file_stem()
            .and_then(|stem| stem.to_str())
            .expect("a name");
        let module = [room, &[stem.to_owned()]].concat();
        if path.is_dir() {
            gather(&path, &module, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let module = match stem {
                "mod" | "lib" => room.to_vec(),
                _ => module,
            };
            // What is there for tests only is above and below everything.
            let is_test = ["tests", "test_world"]
                .iter()
                .any(|room| module.iter().any(|it| it == room));
            if !is_test && module != ["main"] {
                let text = fs::read_to_string(&path).expect("a source");
                files.insert(module, code(&text));
            }
        }
    }
}

/// A source without its comments and its tests.
fn code(text: &str) -> String {
    let text = text
        .split("#[cfg(test)]\nmod tests {")
        .next()
        .unwrap_or_default();
    let lines = text
        .lines()
        .map(|line| line.split("//").next().unwrap_or_default());
    lines.collect::<Vec<_>>().join("\n")
}

/// What every `use` brings in, and whether it hands it on.
fn uses(code: &str) -> Vec<(bool, Module)> {
    let mut all = Vec::new();
    let mut rest = code;
    while let Some(at) = rest.find("use ") {
        let (before, after) = rest.split_at(at);
        let line = before.rsplit('\n').next().unwrap_or_default().trim();
        rest = &after[4..];
        let Some(end) = rest
            .find(';')
            .filter(|_| line.is_empty() || line.starts_with("pub"))
        else {
            continue;
        };
        let mut paths = Vec::new();
        unfold(&[], &rest[..end], &mut paths);
        all.extend(
            paths
                .into_iter()
                .map(|path| (line.starts_with("pub"), path)),
        );
        rest = &rest[end..];
    }
    all
}

/// The paths of a `use` with braces, one by one.
fn unfold(before: &[String], tree: &str, paths: &mut Vec<Module>) {
    let tree = tree.split(" as ").next().unwrap_or_default().trim();
    let Some((head, inner)) = tree.split_once('{') else {
        let more = tree
            .split("::")
            .map(str::trim)
            .filter(|part| !part.is_empty());
        paths.push(
            before
                .iter()
                .cloned()
                .chain(more.map(str::to_owned))
                .collect(),
        );
        return;
    };
    let more = head
        .split("::")
        .map(str::trim)
        .filter(|part| !part.is_empty());
    let before: Module = before
        .iter()
        .cloned()
        .chain(more.map(str::to_owned))
        .collect();
    let inner = inner.rsplit_once('}').map_or(inner, |(inner, _)| inner);
    let (mut depth, mut start) = (0_usize, 0);
    for (at, char) in inner.char_indices().chain([(inner.len(), ',')]) {
        match char {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                if !inner[start..at].trim().is_empty() {
                    unfold(&before, &inner[start..at], paths);
                }
                start = at + 1;
            }
            _ => {}
        }
    }
}

/// The paths that stand in the code itself, from the crate's root or the room on.
fn paths(code: &str) -> Vec<Module> {
    let is_part = |char: char| char.is_alphanumeric() || char == '_' || char == ':';
    code.split(|char| !is_part(char))
        .filter(|word| word.starts_with("crate::") || word.starts_with("super::"))
        .map(|word| word.split("::").map(str::to_owned).collect())
        .collect()
}

/// A path from the crate's root on.
fn absolute(module: &Module, path: &Module) -> Module {
    let mut base = module.clone();
    let mut path = path.as_slice();
    while let Some((first, rest)) = path.split_first() {
        match first.as_str() {
            "crate" => base.clear(),
            "super" => {
                base.pop();
            }
            "self" => {}
            _ => break,
        }
        path = rest;
    }
    [base.as_slice(), path].concat()
}

/// What can be reached from there by arrows.
fn reached<'a>(arrows: &'a Arrows, from: &Module) -> BTreeSet<&'a Module> {
    let (mut seen, mut left) = (BTreeSet::new(), vec![from]);
    while let Some(file) = left.pop() {
        for next in arrows.get(file).into_iter().flatten() {
            if seen.insert(next) {
                left.push(next);
            }
        }
    }
    seen
}

fn in_circles(arrows: &Arrows) -> Vec<String> {
    let all = arrows.keys();
    all.filter(|from| reached(arrows, from).contains(from))
        .map(|from| from.join("/"))
        .collect()
}

#[test]
fn no_files_use_each_other_in_a_circle_but_those_that_are_known() {
    let arrows = Tree::read().arrows();
    let count: usize = arrows.values().map(BTreeSet::len).sum();
    assert!(count > 300, "the tree was not read: {count} arrows");
    assert_eq!(
        in_circles(&arrows),
        KNOWN,
        "the files that reach themselves"
    );
}

#[test]
fn no_rooms_use_each_other_in_a_circle() {
    let mut rooms = Arrows::new();
    for (file, others) in Tree::read().arrows() {
        let room = |file: &Module| file[..1].to_vec();
        let others = others
            .iter()
            .map(room)
            .filter(|other| *other != room(&file));
        rooms.entry(room(&file)).or_default().extend(others);
    }
    let circles = in_circles(&rooms);
    assert!(
        circles.is_empty(),
        "these rooms reach themselves: {circles:#?}"
    );
}

#[test]
fn only_the_platform_names_an_operating_system() {
    const NAMES: &[&str] = &[
        "cfg(unix",
        "cfg(windows",
        "cfg(not(unix",
        "cfg(not(windows",
        "cfg(any(",
        "cfg(all(",
        "cfg!(",
        "target_os",
        "target_family",
        "std::os::",
        "os::unix",
        "os::windows",
        "consts::OS",
        "consts::FAMILY",
        "rustix::",
        "signal_hook::",
        "windows_sys::",
        "winapi_util::",
    ];
    let tree = Tree::read();
    let named = |code: &str| NAMES.iter().any(|name| code.contains(name));
    let (platform, others): (Vec<_>, Vec<_>) = tree
        .files
        .iter()
        .filter(|(_, code)| named(code))
        .partition(|(module, _)| module.first().is_some_and(|room| room == "platform"));
    assert!(platform.len() >= 3, "the tree was not read: {platform:?}");
    let others: Vec<_> = others.iter().map(|(module, _)| module.join("/")).collect();
    assert!(others.is_empty(), "these name one, too: {others:#?}");
}

#[test]
fn files_that_the_documents_for_newcomers_name_are_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for document in ["CONTRIBUTING.md", "docs/design.md"] {
        let text = fs::read_to_string(root.join(document)).expect(document);
        let named = text.split('`').skip(1).step_by(2);
        let files = named.filter(|name| name.starts_with("src/") || name.starts_with("tests/"));
        let (there, gone): (Vec<_>, Vec<_>) = files.partition(|name| root.join(name).exists());
        assert!(there.len() > 10, "{document} was not read: {there:?}");
        assert!(gone.is_empty(), "{document} names {gone:?}");
    }
}
