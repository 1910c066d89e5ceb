# embed.awk FILE...: each script as a string of C, whose name is relay_text_ and
# the file's. A line "--include FILE" stands for that file.
function put(line) {
    gsub(/\\/, "&&", line)
    gsub(/"/, "\\\\&", line)
    printf "\n    \"%s\\n\"", line
}

FNR == 1 {
    folder = name = FILENAME
    sub(/[^\/]*$/, "", folder)
    sub(/.*\//, "", name)
    sub(/\.lua$/, "", name)
    printf "%sconst char relay_text_%s[] =", (NR > 1 ? ";\n" : ""), name
}

/^--include / {
    part = folder $2
    while ((getline line < part) > 0) {
        put(line)
    }
    close(part)
    next
}

{ put($0) }

END { print ";" }
