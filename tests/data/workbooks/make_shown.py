"""Writes shown_xlwt.xls: number formats and merged cells. `pip install xlwt && python3 make_shown.py`"""

import xlwt
b = xlwt.Workbook()
s = b.add_sheet("Team")
for c,h in enumerate(["phone","assignee","note"]):
    s.write(0,c,h)
plus = xlwt.easyxf(num_format_str='"+62 "0')
pad = xlwt.easyxf(num_format_str='00000')
hid = xlwt.easyxf(num_format_str=';;;')
s.write(1,0,812345671,plus)
s.write_merge(1,3,1,1,12)
s.write(2,0,812345672,plus)
s.write(3,0,812345673,plus)
s.write(1,2,42,pad)
s.write_merge(4,4,0,1,"Team North")
s.write(5,0,"+62812345675")
s.write(5,1,13,hid)
s.write(6,0,"+62812345676")
s.write(6,1,14)
b.save("shown_xlwt.xls")
