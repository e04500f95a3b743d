# Turns the rows of lines.tsv into what a shell can compare, a row each of columns between unit separators: id, input, the
# records with a time of 7 where the line brings none, bad, other. Input and records are for printf %b.

# A column as a record has it: bytes, given as code points, escaped.
def escaped: explode | map(
    if . == 9 then 92, 116 elif . == 10 then 92, 110 elif . == 13 then 92, 114 elif . == 0 then 92, 48
    elif . == 92 then 92, 92 else . end);
def octal: "\\0" + ([. / 64, (. / 8) % 8, . % 8] | map(floor | tostring) | join(""));
def column: escaped | map(octal) | join("");

split("\t") | select(.[0] != "id" and length >= 5) |
    (.[2] | fromjson | map(.[:4] + [(.[4] // "7") + ".000"] | map(column) | join("\\t") + "\\n") | join("")) as $records |
    [.[0], .[1], $records, .[3], .[4]] | join("\u001f")
