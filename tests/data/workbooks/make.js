// node make.js FOLDER, with the npm package xlsx 0.18.5 beside it
const XLSX = require("xlsx");
const path = require("path");
const folder = process.argv[2];
const rows = [
  ["Contact", "Owner", "Note", "Since"],
  ["email:ann@example.org", "12", "Zoë", new Date(Date.UTC(2024, 5, 30))],
  [60123456701, 12, true, 1.5],
  ["phone:+60 12-345 6702", "kim@example.org", "", null],
  ["id:88", "unassign", "hidden", 7],
  ["email:bob@example.org", null, { t: "e", v: 0x2a }, 123456789012],
];
function sheet() {
  const ws = XLSX.utils.aoa_to_sheet(rows.map((r) => r.map((c) => (c && c.t ? null : c))), { UTC: true });
  ws["C6"] = { t: "e", v: 0x2a };
  ws["!ref"] = "A1:D6";
  ws["!rows"] = [];
  ws["!rows"][4] = { hidden: true };
  return ws;
}
function book(date1904) {
  const wb = XLSX.utils.book_new();
  XLSX.utils.book_append_sheet(wb, XLSX.utils.aoa_to_sheet([["Read me first"]]), "Notes");
  XLSX.utils.book_append_sheet(wb, sheet(), "Team");
  XLSX.utils.book_append_sheet(wb, XLSX.utils.aoa_to_sheet([["Contact", "Owner"], ["id:1", "1"]]), "Old");
  wb.Workbook = { Sheets: [{ Hidden: 0 }, { Hidden: 0 }, { Hidden: 1 }], WBProps: { date1904 } };
  return wb;
}
for (const [name, bookType, more] of [
  ["sheetjs.xlsb", "xlsb", {}],
  ["sheetjs_shared.xlsb", "xlsb", { bookSST: true }],
  ["sheetjs.xlsx", "xlsx", {}],
  ["sheetjs_shared.xlsx", "xlsx", { bookSST: true }],
  ["sheetjs_biff8.xls", "biff8", {}],
  ["sheetjs_biff5.xls", "biff5", {}],
  ["sheetjs.ods", "ods", {}],
  ["sheetjs.fods", "fods", {}],
  ["sheetjs_2003.xml", "xlml", {}],
  ["sheetjs_table.xls", "html", {sheet: "Team"}],
  ["sheetjs_biff2.xls", "biff2", {sheet: "Team"}],
]) {
  XLSX.writeFile(book(false), path.join(folder, name), { bookType, compression: true, ...more });
}
