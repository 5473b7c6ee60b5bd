// Writes every kind with SheetJS: `node with_sheetjs.js FOLDER`. It keeps what is hidden beneath a merged cell.
const XLSX = require("xlsx");
const { execFileSync } = require("child_process");
const path = require("path");

function cell(value) {
  if (value === null) return null;
  if (typeof value !== "object") return value;
  const type = typeof value.v === "number" ? "n" : "s";
  return { t: type, v: value.v, ...(value.f ? { f: value.f } : {}), ...(value.format ? { z: value.format } : {}) };
}

for (const kind of JSON.parse(execFileSync("python3", ["kinds.py"], { encoding: "utf8" }))) {
  if (kind.writers && !kind.writers.includes("sheetjs")) continue;
  const sheet = XLSX.utils.aoa_to_sheet(kind.rows.map((row) => row.map(cell)));
  sheet["!merges"] = (kind.merges || []).map(XLSX.utils.decode_range);
  sheet["!rows"] = [];
  for (const row of kind.hidden_rows || []) sheet["!rows"][row - 1] = { hidden: true };
  sheet["!cols"] = [];
  for (const column of kind.hidden_columns || []) sheet["!cols"][XLSX.utils.decode_col(column)] = { hidden: true };
  const book = XLSX.utils.book_new();
  XLSX.utils.book_append_sheet(book, sheet, "Sheet1");
  for (const [type, ending] of [["xlsx", "xlsx"], ["xlsb", "xlsb"], ["biff8", "xls"], ["ods", "ods"]]) {
    XLSX.writeFile(book, path.join(process.argv[2], `${kind.name}.sheetjs.${ending}`), { bookType: type });
  }
}
