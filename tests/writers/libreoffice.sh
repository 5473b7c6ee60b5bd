#!/bin/sh
# Saves every workbook of a folder again with LibreOffice: `libreoffice.sh FOLDER`. Each comes out as NAME.libreoffice.ods,
# .xlsx and .xls, with its formulas computed.
set -eu
cd "$1"
for ending in ods xlsx xls; do
  mkdir -p saved
  soffice "-env:UserInstallation=file://$PWD/profile" --headless --convert-to "$ending" --outdir saved \
    ./*.openpyxl.xlsx ./*.xlsxwriter.xlsx >/dev/null 2>&1
  for file in saved/*; do
    name=$(basename "$file" ".$ending")
    mv "$file" "$name.libreoffice.$ending"
  done
done
