//! OpenDocument spreadsheets, in a package or as one XML file, cell by cell as they stand in it.
//!
//! Read without the engine, which gives neither hidden rows nor rows one after the other.

mod rows;
mod styles;
mod text;
mod value;

use std::io::{BufRead, BufReader};
use std::ops::ControlFlow;
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
        self.walk(&mut |name, display, sheet| {
            let mut filled = false;
            sheet.rows(&mut |stretch| {
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
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(sheets)
    }

    /// The rows of a sheet.
    pub(super) fn rows(&self, sheet: &str, rows: &mut Rows<'_>) -> Result<(), Stop> {
        self.walk(&mut |name, _, found| {
            if name != sheet {
                found.skip()?;
                return Ok(ControlFlow::Continue(()));
            }
            found.rows(&mut |stretch| hand_over(stretch, rows))?;
            Ok(ControlFlow::Break(()))
        })
    }

    fn walk(&self, visit: &mut Visit<'_>) -> Result<(), Stop> {
        match self.container {
            Container::Plain => tables(&mut &self.bytes[..], Styles::default(), visit),
            Container::Package => {
                let mut package = Package::open(self.bytes.clone())?;
                let mut styles = Styles::default();
                if package.find("styles.xml").is_some() {
                    styles.read(package.xml("styles.xml")?)?;
                }
                let part = package.part("content.xml")?;
                let mut content = BufReader::with_capacity(1 << 16, part);
                tables(&mut content, styles, visit)
            }
        }
    }
}

/// What is done with each sheet, by its name, and whether it is shown; whether the next one is visited, too.
type Visit<'a> = dyn FnMut(&str, Display, Sheet<'_, '_>) -> Result<ControlFlow<()>, Stop> + 'a;

fn refuse_encrypted(mut manifest: Xml<impl BufRead>) -> Result<(), Failure> {
    match manifest.find("encryption-data")? {
        Some(_) => Err(Failure::Encrypted),
        None => Ok(()),
    }
}

/// Visits every sheet of a document.
fn tables(
    content: &mut dyn BufRead,
    mut styles: Styles,
    visit: &mut Visit<'_>,
) -> Result<(), Stop> {
    let mut xml = Xml::new(content);
    loop {
        let style = match xml.next()? {
            Event::Start(element) if element.local_name().as_ref() == "table" => {
                let style = attribute(&element, "style-name");
                let name = attribute(&element, "name").unwrap_or_default();
                let display = styles.display(style.as_ref());
                let sheet = Sheet {
                    xml: &mut xml,
                    styles: &mut styles,
                };
                match visit(&name, display, sheet)? {
                    ControlFlow::Continue(()) => continue,
                    ControlFlow::Break(()) => return Ok(()),
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
struct Sheet<'a, 'x> {
    xml: &'a mut Xml<&'x mut dyn BufRead>,
    styles: &'a mut Styles,
}

impl Sheet<'_, '_> {
    /// Leaves it out.
    fn skip(self) -> Result<(), Failure> {
        skip(self.xml)
    }

    /// Gives its rows.
    fn rows(self, each: &mut dyn FnMut(Stretch<'_>) -> Result<(), Stop>) -> Result<(), Stop> {
        read(self.xml, self.styles, each)
    }
}
