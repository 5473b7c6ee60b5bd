"""Writes every kind with XlsxWriter, with the results of formulas: `with_xlsxwriter.py FOLDER`."""

import sys
from pathlib import Path

import xlsxwriter

from kinds import KINDS


def write(kind, path):
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet()
    table = kind.get("table")
    if table:
        columns = [{"header": name, "total_function": table["totals"][name]} for name in kind["rows"][0]]
        sheet.add_table(table["ref"], {"total_row": True, "columns": columns})
    plain = book.add_format()
    for merged in kind.get("merges", []):
        sheet.merge_range(merged, None, plain)
    for row, cells in enumerate(kind["rows"]):
        for column, value in enumerate(cells):
            if isinstance(value, dict):
                form = book.add_format({"num_format": value.get("format", "General")})
                if "f" in value:
                    sheet.write_formula(row, column, "=" + value["f"], form, value["v"])
                else:
                    sheet.write(row, column, value["v"], form)
            elif value is not None:
                sheet.write(row, column, value)
    for row in kind.get("hidden_rows", []):
        sheet.set_row(row - 1, None, None, {"hidden": True})
    for column in kind.get("hidden_columns", []):
        sheet.set_column(f"{column}:{column}", None, None, {"hidden": True})
    book.close()


for kind in KINDS:
    if "xlsxwriter" in kind.get("writers", ["xlsxwriter"]):
        write(kind, Path(sys.argv[1]) / f"{kind['name']}.xlsxwriter.xlsx")
