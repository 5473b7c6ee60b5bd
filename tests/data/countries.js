// The names of countries in `src/vocabulary/languages`, from Unicode's CLDR as Node's ICU holds it.
//
//   node tests/data/countries.js          says which names are missing there, and ends with 1 if any is
//   node tests/data/countries.js --write  adds them
//
// Needs Node with full ICU (as its own builds have) and Debian's `iso-codes`, which knows the codes of three letters.
// Names that stand there are kept, whoever wrote them: only what is missing is added. A newer CLDR may know more.
"use strict";
const fs = require("fs");
const path = require("path");

const CODES = "/usr/share/iso-codes/json/iso_3166-1.json";
const FOLDER = path.join(__dirname, "../../src/vocabulary/languages");
/** In bytes of the file's lines, as the others are. */
const WIDTH = 118;

/** Each language's file, and the locales whose names are in it. */
const LANGUAGES = {
  english: ["en"],
  german: ["de", "de-AT", "de-CH"],
  spanish: ["es", "es-MX"],
  portuguese: ["pt", "pt-PT"],
  french: ["fr", "fr-CA"],
  italian: ["it"],
  dutch: ["nl"],
  indonesian: ["id", "ms"],
  chinese: ["zh", "zh-Hant", "zh-Hant-HK"],
  japanese: ["ja"],
};

/** Names of two countries: without the remark that CLDR puts behind them, they say nothing. */
const OF_TWO = new Set([
  "congo", "kongo", "刚果", "剛果", "コンゴ",
  "saint martin", "sao martinho", "san martin", "sint maarten", "st martin",
]);

const isUnspaced = (char) => /[\u2E80-\u9FFF\uF900-\uFAFF]/.test(char);
const isVoiced = (char) => /[\u3099\u309A]/.test(char);

/** As `name_key` of `src/vocabulary/mod.rs` does it. */
function nameKey(name) {
  let words = "";
  let gap = false;
  let last = " ";
  for (const char of name.normalize("NFKD")) {
    if (/\p{M}/u.test(char) && !isVoiced(char)) continue;
    for (const lower of char.toLowerCase()) {
      if (!/[\p{L}\p{N}]/u.test(lower) && !isVoiced(lower)) {
        gap = true;
        continue;
      }
      if (gap && words && !isUnspaced(last) && !isUnspaced(lower)) words += " ";
      words += lower;
      gap = false;
      last = lower;
    }
  }
  return words.normalize("NFC");
}

function nations(text) {
  const lines = text.split("\n").filter((line) => line.startsWith("nation: "));
  return lines.flatMap((line) => line.slice("nation: ".length).split(", ")).map((nation) => nation.split("="));
}

/** Every name of a country in some locales, in long and in short. */
function* names(code, locales) {
  for (const locale of locales) {
    for (const style of ["long", "short"]) {
      const name = new Intl.DisplayNames(locale, { type: "region", style, fallback: "none" }).of(code);
      if (!name) continue;
      yield name;
      yield name.replace(/\s*[（(].*[)）]/, "");
    }
  }
}

function lines(found) {
  const all = [];
  for (const nation of found) {
    const longer = all.length > 0 ? `${all[all.length - 1]}, ${nation}` : "";
    if (longer && [...longer].length <= WIDTH) all[all.length - 1] = longer;
    else all.push(`nation: ${nation}`);
  }
  return all.map((line) => line + "\n").join("");
}

const countries = JSON.parse(fs.readFileSync(CODES, "utf8"))["3166-1"];
const file = (language) => path.join(FOLDER, `${language}.txt`);
const read = (language) => fs.readFileSync(file(language), "utf8");
const known = new Map(Object.keys(LANGUAGES).flatMap((language) => nations(read(language))));

let missing = 0;
for (const [language, locales] of Object.entries(LANGUAGES)) {
  const found = [];
  const add = (key, code) => {
    const isCode = key.length < 3 && /^[a-z ]*$/.test(key);
    if (isCode || OF_TWO.has(key) || known.has(key)) return;
    known.set(key, code);
    found.push(`${key}=${code}`);
  };
  for (const country of countries) {
    for (const name of names(country.alpha_2, locales)) add(nameKey(name), country.alpha_2);
  }
  if (language === "english") {
    for (const country of countries) add(country.alpha_3.toLowerCase(), country.alpha_2);
  }
  missing += found.length;
  if (process.argv.includes("--write")) {
    const text = read(language).replace(/\n*$/, "\n");
    fs.writeFileSync(file(language), text + lines(found));
  } else if (found.length > 0) {
    console.log(`${language}: ${found.join(", ")}`);
  }
}
process.exitCode = missing > 0 && !process.argv.includes("--write") ? 1 : 0;
