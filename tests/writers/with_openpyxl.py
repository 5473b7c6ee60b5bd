"""Writes every kind with openpyxl, which keeps no results of formulas: `with_openpyxl.py FOLDER`."""

import sys
from pathlib import Path

import openpyxl
from openpyxl.worksheet.table import Table

from kinds import KINDS


def write(kind, path):
    book = openpyxl.Workbook()
    sheet = book.active
    for row, cells in enumerate(kind["rows"], 1):
        for column, value in enumerate(cells, 1):
            cell = sheet.cell(row, column)
            if isinstance(value, dict):
                cell.value = "=" + value["f"] if "f" in value else value["v"]
                cell.number_format = value.get("format", "General")
            else:
                cell.value = value
    for merged in kind.get("merges", []):
        sheet.merge_cells(merged)
    for row in kind.get("hidden_rows", []):
        sheet.row_dimensions[row].hidden = True
    for column in kind.get("hidden_columns", []):
        sheet.column_dimensions[column].hidden = True
    if table := kind.get("table"):
        made = Table(displayName="Team", ref=table["ref"], totalsRowCount=1)
        made._initialise_columns()
        for column, name in zip(made.tableColumns, kind["rows"][0]):
            column.name = name
            column.totalsRowFunction = table["totals"].get(name)
        made.autoFilter.ref = table["ref"].replace("5", "4")
        sheet.add_table(made)
    book.save(path)


for kind in KINDS:
    if "openpyxl" in kind.get("writers", ["openpyxl"]):
        write(kind, Path(sys.argv[1]) / f"{kind['name']}.openpyxl.xlsx")
