"""Small sheets, one of each kind, as data: `python3 kinds.py` prints them as JSON.

A cell is a text, a number, a truth value or nothing; or {"v": value, "format": "0.00"} or {"v": result, "f": "SUM(A2:A3)"}.
`expected` holds contact, assignee and status of each row that is read, with its number in front; `more` the status of
all others. `read_by` names the options that the sheet needs. A file of the names in `not_kept` is no longer of this kind,
because its format or its writer does not keep what makes it. In files of the names in `in_doubt`, nothing but the numbers
tells that a row is no data: then it may be rejected instead of left out.
"""

import json

PHONES = ["+60123456701", "+60123456702", "+60123456703", "+60123456704", "+60123456705"]


def formatted(value, form):
    return {"v": value, "format": form}


def formula(text, result):
    return {"f": text, "v": result}


KINDS = [
    {
        "name": "plain",
        "rows": [["Phone", "Owner"]] + [[phone, 12] for phone in PHONES],
        "expected": [f"{row} phone:{phone} 12 planned" for row, phone in enumerate(PHONES, 2)],
    },
    {
        "name": "owner_merged_over_contacts",
        "rows": [
            ["Contact", "Owner", "City"],
            ["id:1", 12, "Rome"],
            ["id:2", 99, "Oslo"],  # hidden beneath the merged cell
            ["id:3", None, "Bonn"],
            ["id:4", 13, "Graz"],
            ["id:5", None, "Kyiv"],
        ],
        "merges": ["B2:B4", "B5:B6"],
        "expected": [
            "2 id:1 12 planned",
            "3 id:2 12 planned",
            "4 id:3 12 planned",
            "5 id:4 13 planned",
            "6 id:5 13 planned",
        ],
    },
    {
        "name": "contact_merged_over_owners",
        "rows": [["Contact", "Owner"], ["id:1", 12], [None, 13], ["id:2", 14]],
        "merges": ["A2:A3"],
        "expected": ["2 id:1 12 conflict", "3 id:1 13 conflict", "4 id:2 14 planned"],
    },
    {
        "name": "headings_merged_across",
        "rows": [
            ["Contact", "Owner", "City"],
            ["Team North", None, None],
            ["id:1", 12, "Rome"],
            ["Team South", None, None],
            ["id:2", 13, "Oslo"],
        ],
        "merges": ["A2:C2", "A4:C4"],
        "expected": ["2   skipped", "3 id:1 12 planned", "4   skipped", "5 id:2 13 planned"],
    },
    {
        "name": "title_merged_above",
        "rows": [
            ["Handover of May", None, None],
            [None, None, None],
            ["Contact", "Owner", "City"],
            ["id:1", 12, "Rome"],
        ],
        "merges": ["A1:C1"],
        "expected": ["4 id:1 12 planned"],
    },
    {
        "name": "formats_that_add_digits",
        "not_kept": ["sheetjs.ods"],
        "rows": [
            ["Phone", "Owner"],
            [formatted(812345671, '"+62 "0'), 12],
            [formatted(60123456702, "+0"), 12],
            [formatted(60123456703, '"+"0'), 12],
            [formatted(4155550134, '"+1 "(000) 000-0000'), 12],
            [formatted(60123456705, "0"), 12],
        ],
        "read_by": ["--bare-phones", "international"],
        "expected": [
            "2 phone:+62812345671 12 planned",
            "3 phone:+60123456702 12 planned",
            "4 phone:+60123456703 12 planned",
            "5 phone:+14155550134 12 planned",
            "6 phone:+60123456705 12 planned",
        ],
    },
    {
        "name": "formats_of_national_numbers",
        "rows": [
            ["Phone", "Owner"],
            [formatted(4155550134, "(000) 000-0000"), 12],
            [formatted(4155550135, "000-000-0000"), 12],
            [formatted(4155550136, "0"), 12],
        ],
        "read_by": ["--region", "US"],
        "expected": [
            "2 phone:+14155550134 12 planned",
            "3 phone:+14155550135 12 planned",
            "4 phone:+14155550136 12 planned",
        ],
    },
    {
        "name": "formats_that_shorten",
        "rows": [
            ["Contact ID", "Owner"],
            [formatted(123456789012, "General"), 12],
            [formatted(123456789013, "0.00E+00"), 12],
            [formatted(123456789014, "#,##0"), 12],
            [formatted(15, "0.00"), 12],
        ],
        "expected": [
            "2 id:123456789012 12 planned",
            "3 id:123456789013 12 planned",
            "4 id:123456789014 12 planned",
            "5 id:15 12 planned",
        ],
    },
    {
        "name": "sums_below",
        "rows": [
            ["Contact ID", "Owner", "Deals"],
            [11, 105, 3],
            [12, 105, 4],
            [13, 105, 5],
            [formula("SUBTOTAL(103,A2:A4)", 3), formula("MAX(B2:B4)", 105), formula("SUM(C2:C4)", 12)],
        ],
        "in_doubt": ["sheetjs.xls", "sheetjs.xlsb"],
        "expected": ["2 id:11 105 planned", "3 id:12 105 planned", "4 id:13 105 planned", "5   skipped"],
    },
    {
        "name": "word_and_sum_below",
        "rows": [
            ["Contact ID", "Owner", "Deals"],
            [11, 105, 3],
            [12, 105, 4],
            [13, 105, 5],
            ["Total", None, formula("SUM(C2:C4)", 12)],
        ],
        "expected": ["2 id:11 105 planned", "3 id:12 105 planned", "4 id:13 105 planned", "5   skipped"],
    },
    {
        "name": "total_of_a_table",
        "rows": [["Contact ID", "Owner"], [11, 105], [12, 105], [13, 105], [3, 105]],
        "table": {"ref": "A1:B5", "totals": {"Contact ID": "count", "Owner": "max"}},
        "writers": ["openpyxl", "xlsxwriter"],
        "in_doubt": ["libreoffice.ods", "libreoffice.xls"],
        "expected": ["2 id:11 105 planned", "3 id:12 105 planned", "4 id:13 105 planned", "5   skipped"],
    },
    {
        "name": "numbers_below",
        "rows": [["Contact ID", "Owner"], [11, 105], [12, 105], [13, 105], [None, None], [3, 105]],
        "expected": ["2 id:11 105 planned", "3 id:12 105 planned", "4 id:13 105 planned", "6   invalid"],
    },
    {
        "name": "checkboxes_and_numbers_below",
        "rows": [["No.", "Done", "Phone", "Owner"], [1, True, PHONES[0], 12]]
        + [[number, False, None, None] for number in range(2, 31)],
        "expected": [f"2 phone:{PHONES[0]} 12 planned"] + [f"{row}   skipped" for row in range(3, 32)],
    },
    {
        "name": "empty_formulas_below",
        "rows": [["Phone", "Owner", "Team"], [PHONES[0], 12, formula('IF(A2="","","North")', "North")]]
        + [[None, formula(f'IF(A{row}="","",12)', ""), formula(f'IF(A{row}="","","North")', "")] for row in range(3, 31)],
        "expected": [f"2 phone:{PHONES[0]} 12 planned"],
        "more": "skipped",
    },
    {
        "name": "new_owner_by_formula",
        "not_kept": ["openpyxl.xlsx"],
        "rows": [["Phone", "Owner", "New owner"]]
        + [[phone, 12, formula(f'IF(B{row}=12,13,"")', 13)] for row, phone in enumerate(PHONES, 2)]
        + [[None, None, formula(f'IF(B{row}=12,13,"")', "")] for row in range(7, 31)],
        "expected": [f"{row} phone:{phone} 13 planned" for row, phone in enumerate(PHONES, 2)],
        "more": "skipped",
    },
    {
        "name": "new_owner_for_some",
        "rows": [["Phone", "Owner", "New owner"]] + [[phone, 12, 13 if place == 1 else None] for place, phone in enumerate(PHONES)],
        "expected": [
            f"2 phone:{PHONES[0]}  skipped",
            f"3 phone:{PHONES[1]} 13 planned",
            f"4 phone:{PHONES[2]}  skipped",
            f"5 phone:{PHONES[3]}  skipped",
            f"6 phone:{PHONES[4]}  skipped",
        ],
    },
    {
        "name": "new_owner_filled_in_for_rows_to_come",
        "rows": [["Phone", "Owner", "New owner"], [PHONES[0], 12, 13], [PHONES[1], 12, 13]]
        + [[None, None, 13] for _ in range(20)],
        "expected": [f"2 phone:{PHONES[0]} 13 planned", f"3 phone:{PHONES[1]} 13 planned"]
        + [f"{row}   skipped" for row in range(4, 24)],
    },
    {
        "name": "hidden_rows",
        "rows": [["Phone", "Owner"]] + [[phone, 12] for phone in PHONES],
        "hidden_rows": [3, 5],
        "read_by": ["--hidden-rows", "skip"],
        "expected": [
            f"2 phone:{PHONES[0]} 12 planned",
            f"3 phone:{PHONES[1]} 12 skipped",
            f"4 phone:{PHONES[2]} 12 planned",
            f"5 phone:{PHONES[3]} 12 skipped",
            f"6 phone:{PHONES[4]} 12 planned",
        ],
        "not_kept": ["sheetjs.ods", "sheetjs.xls"],
    },
    {
        "name": "hidden_column",
        "rows": [["Phone", "Team", "Owner"]] + [[phone, "North", 12] for phone in PHONES],
        "hidden_columns": ["C"],
        "says": ["`Owner` is hidden"],
        "expected": [f"{row} phone:{phone} 12 planned" for row, phone in enumerate(PHONES, 2)],
        "not_kept": ["sheetjs.ods"],
    },
]

if __name__ == "__main__":
    print(json.dumps(KINDS))
