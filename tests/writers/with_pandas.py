"""Writes what data frames come to: `with_pandas.py FOLDER`. Prints the kinds, with what must be read."""

import json
import sys
from pathlib import Path

import pandas

from kinds import PHONES

folder = Path(sys.argv[1])
team = pandas.DataFrame({"Phone": PHONES, "Owner": [12, 12, 13, 13, 13]})
owners = dict(zip(PHONES, [12, 12, 13, 13, 13]))
planned = [f"{row} phone:{phone} {owners[phone]} planned" for row, phone in enumerate(PHONES, 2)]
kinds = []


def kind(name, expected, save):
    save(folder / name)
    kinds.append({"file": name, "expected": expected})


kind("frame.pandas.xlsx", planned, lambda path: team.to_excel(path, index=False))
kind("numbered.pandas.xlsx", planned, lambda path: team.to_excel(path))
kind("numbered.pandas.csv", planned, lambda path: team.to_csv(path))
# An index of two levels becomes merged cells.
grouped = team.set_index(["Owner", "Phone"]).assign(City="Rome")
kind("grouped.pandas.xlsx", planned, lambda path: grouped.to_excel(path))
# A number that is missing in one row makes all of them fractions.
some = pandas.DataFrame({"Contact ID": [11, 12, 13], "New owner": [105, None, 105], "Owner": [7, 7, 7]})
expected = ["2 id:11 105 planned", "3 id:12  skipped", "4 id:13 105 planned"]
kind("fractions.pandas.csv", expected, lambda path: some.to_csv(path, index=False))
kind("fractions.pandas.xlsx", expected, lambda path: some.to_excel(path, index=False))
# Numbers as text, and a title row above.
text = pandas.DataFrame({"Contact ID": ["11", "12"], "Owner": ["105", "106"]})
expected = ["4 id:11 105 planned", "5 id:12 106 planned"]
kind("below_a_title.pandas.xlsx", expected, lambda path: text.to_excel(path, index=False, startrow=2))
# Columns of two levels become a header of two rows.
two = pandas.DataFrame({("Contact", "Phone"): PHONES[:2], ("Owner", "Email"): ["dee@example.com", "eve@example.com"]})
two.columns = pandas.MultiIndex.from_tuples(two.columns)
expected = [f"4 phone:{PHONES[0]} dee@example.com planned", f"5 phone:{PHONES[1]} eve@example.com planned"]
kind("header_of_two_rows.pandas.xlsx", expected, lambda path: two.to_excel(path))
print(json.dumps(kinds))
