//! OpenDocument spreadsheets, in a package or as one XML file, cell by cell as they stand in it.
//!
//! Read without the engine, which gives neither hidden rows nor rows one after the other.

mod rows;
mod styles;
mod text;
mod value;

use std::io::BufRead;
use std::sync::Arc;

use quick_xml::events::Event;

use self::rows::{Stretch, hand_over, read};
use self::styles::{Display, Style, Styles};
use super::cells::{Rows, Stop};
use super::package::{Package, Xml, attribute, skip};
use super::{Failure, SheetInfo, Visibility};

/// An open document.
pub(super) struct Document {
    bytes: Arc<[u8]>,
    container: Container,
}

/// How a document is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Container {
    /// As a part of a ZIP package.
    Package,
    /// As it is.
    Plain,
}

impl Document {
    pub(super) fn open(bytes: Arc<[u8]>, container: Container) -> Result<Document, Failure> {
        if container == Container::Package {
            let mut package = Package::open(bytes.clone())?;
            if package.find("META-INF/manifest.xml").is_some() {
                refuse_encrypted(package.xml("META-INF/manifest.xml")?)?;
            }
        }
        Ok(Document { bytes, container })
    }

    /// All sheets, in their order.
    pub(super) fn sheets(&self) -> Result<Vec<SheetInfo>, Stop> {
        let mut sheets = Vec::new();
        self.walk(&mut |name, display, walk| {
            let mut filled = false;
            walk.rows(&mut |stretch| {
                filled |= stretch.cells.iter().any(|cell| cell.content.is_some());
                Ok(())
            })?;
            sheets.push(SheetInfo {
                name: name.to_owned(),
                visibility: match (display, filled) {
                    (Display::None, _) => Visibility::Hidden,
                    (Display::Shown, true) => Visibility::Visible,
                    (Display::Shown, false) => Visibility::Empty,
                },
            });
            Ok(Next::Sheet)
        })?;
        Ok(sheets)
    }

    /// The rows of a sheet.
    pub(super) fn rows(&self, sheet: &str, rows: &mut Rows<'_>) -> Result<(), Stop> {
        self.walk(&mut |name, _, walk| {
            if name != sheet {
                walk.skip()?;
                return Ok(Next::Sheet);
            }
            walk.rows(&mut |stretch| hand_over(stretch, rows))?;
            Ok(Next::Nothing)
        })
    }

    fn walk(&self, visit: &mut Visit<'_>) -> Result<(), Stop> {
        match self.container {
            Container::Plain => tables(Xml::new(&self.bytes[..]), Styles::default(), visit),
            Container::Package => {
                let mut package = Package::open(self.bytes.clone())?;
                let mut styles = Styles::default();
                if package.find("styles.xml").is_some() {
                    styles.read(package.xml("styles.xml")?)?;
                }
                tables(package.xml("content.xml")?, styles, visit)
            }
        }
    }
}

/// What is done with each sheet, by its name, and whether it is shown.
type Visit<'a> = dyn FnMut(&str, Display, &mut dyn Table) -> Result<Next, Stop> + 'a;

/// What a visit of a sheet is followed by.
enum Next {
    /// The visit of the next one.
    Sheet,
    /// Nothing more.
    Nothing,
}

fn refuse_encrypted(mut manifest: Xml<impl BufRead>) -> Result<(), Failure> {
    loop {
        match manifest.next()? {
            Event::Start(element) if element.local_name().as_ref() == "encryption-data" => {
                return Err(Failure::Encrypted);
            }
            Event::Eof => return Ok(()),
            _ => {}
        }
    }
}

/// Visits every sheet of a document.
fn tables(
    mut xml: Xml<impl BufRead>,
    mut styles: Styles,
    visit: &mut Visit<'_>,
) -> Result<(), Stop> {
    loop {
        let style = match xml.next()? {
            Event::Start(element) if element.local_name().as_ref() == "table" => {
                let style = attribute(&element, "style-name");
                let name = attribute(&element, "name").unwrap_or_default();
                let display = styles.display(style.as_ref());
                let mut table = Sheet {
                    xml: &mut xml,
                    styles: &mut styles,
                };
                match visit(&name, display, &mut table)? {
                    Next::Sheet => continue,
                    Next::Nothing => return Ok(()),
                }
            }
            Event::Start(element) => Style::of(&element),
            Event::Eof => return Ok(()),
            _ => continue,
        };
        if let Some(style) = style {
            styles.take(style, &mut xml)?;
        }
    }
}

/// A sheet whose start was just read; either way to read it goes on to its end.
trait Table {
    /// Leaves it out.
    fn skip(&mut self) -> Result<(), Failure>;
    /// Gives its rows.
    fn rows(&mut self, each: &mut dyn FnMut(Stretch<'_>) -> Result<(), Stop>) -> Result<(), Stop>;
}

/// A sheet within its document.
struct Sheet<'a, R> {
    xml: &'a mut Xml<R>,
    styles: &'a mut Styles,
}

impl<R: BufRead> Table for Sheet<'_, R> {
    fn skip(&mut self) -> Result<(), Failure> {
        skip(self.xml)
    }

    fn rows(&mut self, each: &mut dyn FnMut(Stretch<'_>) -> Result<(), Stop>) -> Result<(), Stop> {
        read(self.xml, self.styles, each)
    }
}
