#!/usr/bin/env bats
# One letter means one thing: --help, the manual page and the three completions of a program list
# the same options, and every program handles --help, --version and wrong usage in the same way.

load helper

# Each of these prints a program's options, short and long, one per line, sorted.

options_of_help() {
    "$1" --help | sed -nE 's/^  (-[A-Za-z]), (--[a-z-]+).*/\1\n\2/p; s/^      (--[a-z-]+).*/\1/p' | sort
}

options_of_manual() {
    sed -n 's/^\.It Fl /Fl /p' "$ROOT/man/$1.1" | grep -oE '\bFl [A-Za-z-]+' | sed 's/Fl /-/' | sort
}

options_of_bash() {
    in_bash_completion "$1" - | sort
}

# in_bash_completion PROGRAM WORD...: what bash offers for the last word. Only readline has a compopt that works.
in_bash_completion() {
    bash -c '
        source "$1" && read -r _ _ function _ < <(complete -p "$2") || exit 1
        shift
        compopt() { :; }
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE=$* COMP_POINT=${#COMP_LINE} COMPREPLY=()
        "$function" "$1" "${*: -1}" "${*: -2:1}" 2>&1
        printf "%s\n" "${COMPREPLY[@]%% }"' _ "$ROOT/completions/bash/$1" "$@"
}

# in_fish_completion PROGRAM LINE: what fish offers at the end of the line.
in_fish_completion() {
    fish --no-config -c '
        source $argv[1]
        function __fish_print_hostnames; echo carbon.example; end
        complete -C $argv[2]' "$ROOT/completions/fish/$1.fish" "$2" | cut -f1
}

# The words that the completion gives to _arguments.
zsh_arguments() {
    zsh -f -c '
        _arguments() { while [[ $1 == -? ]]; do shift; done; print -rl -- "$@" }
        _values() { }
        _statsd() { source $1 }
        _statsd $1' _ "$ROOT/completions/zsh/_$1"
}

options_of_zsh() {
    zsh_arguments "$1" | sed -nE 's/^(\([^)]*\))?\*?(--?[A-Za-z][A-Za-z-]*).*/\2/p' | sort
}

options_of_fish() {
    fish --no-config -c 'source $argv[1]; complete -C "$argv[2] -"' "$ROOT/completions/fish/$1.fish" "$1" |
        cut -f1 | sort
}

# same_options WHERE: compares them for every program, or prints which differ.
same_options() {
    local program different=0
    for program in "${PROGRAMS[@]}"; do
        diff <(options_of_help "$program") <("options_of_$1" "$program") >"$BATS_TEST_TMPDIR/diff" 2>&1 && continue
        printf -- '-- %s: < in --help only, > in %s only\n%s\n' "$program" "$1" "$(<"$BATS_TEST_TMPDIR/diff")"
        different=$((different + 1))
    done
    ((different == 0))
}

@test "there are programs, and each has options" {
    local program
    ((${#PROGRAMS[@]} >= 5))
    for program in "${PROGRAMS[@]}"; do
        (($(options_of_help "$program" | wc -l) >= 10)) || fail "$program: too few options in --help"
    done
}

@test "the manual page has every option of --help, and no other" {
    same_options manual
}

@test "bash's completion has every option of --help, and no other" {
    same_options bash
}

@test "zsh's completion has every option of --help, and no other" {
    command -v zsh >/dev/null || skip 'zsh is not installed'
    same_options zsh
}

@test "fish's completion has every option of --help, and no other" {
    command -v fish >/dev/null || skip 'fish is not installed'
    same_options fish
}

# arguments_of_help PROGRAM: each option with its argument's name, in lower case.
arguments_of_help() {
    "$1" --help | sed -nE 's/^  (-[A-Za-z],|   ) (--[a-z-]+) ([A-Z:=]+).*/\2 \L\3/p' | sort
}

# manual_text PROGRAM: the page, unwrapped, without bold and underlines.
manual_text() {
    mandoc -T ascii -O width=500,indent=0 "$ROOT/man/$1.1" | sed 's/.\x08//g'
}

synopsis_of_manual() {
    manual_text "$1" | sed -n '/^ *SYNOPSIS$/{n;s/^ */usage: /p}'
}

arguments_of_manual() {
    manual_text "$1" | sed -n '/^ *DESCRIPTION$/,/^ *EXIT STATUS$/p' |
        sed -nE 's/^ +(-[A-Za-z], )?(--[a-z-]+) ([a-z:=]+)$/\2 \3/p' | sort
}

@test "the SYNOPSIS of the manual page is the usage line" {
    command -v mandoc >/dev/null || skip 'mandoc is not installed'
    local program
    for program in "${PROGRAMS[@]}"; do
        run_program synopsis_of_manual "$program"
        assert_output "$("$program" --help | grep '^usage: ')"
    done
}

@test "the manual page names the arguments of options as --help does" {
    command -v mandoc >/dev/null || skip 'mandoc is not installed'
    local program
    for program in "${PROGRAMS[@]}"; do
        run_program arguments_of_manual "$program"
        assert_output "$(arguments_of_help "$program")"
    done
}

@test "the completions are those that the programs write" {
    local program made=$BATS_TEST_TMPDIR/completions
    mkdir -p "$made/bash" "$made/zsh" "$made/fish"
    for program in "${PROGRAMS[@]}"; do
        "$program" --completions bash >"$made/bash/$program"
        "$program" --completions zsh >"$made/zsh/_$program"
        "$program" --completions fish >"$made/fish/$program.fish"
    done
    run_program diff -r "$ROOT/completions" "$made"
    ((status == 0)) || fail 'run make completions'
}

@test "--completions is carried out alone, for a shell that there is, and is in no help" {
    local program
    for program in "${PROGRAMS[@]}"; do
        run_program "$program" --completions tcsh </dev/null
        assert_usage_error "$program: --completions: unknown shell 'tcsh': expected bash, zsh or fish"
        run_program "$program" --completions </dev/null
        assert_usage_error "$program: unknown option '--completions'"
        run_program "$program" --completions=bash </dev/null
        assert_usage_error "$program: unknown option '--completions'"
        run_program "$program" --completions bash --quiet </dev/null
        assert_usage_error "$program: unknown option '--completions'"
        run_program "$program" --completion bash </dev/null
        assert_usage_error "$program: unknown option '--completion'"
        run_program "$program" --help
        refute_line --partial --completions
        run_shell "$program --completions bash >/dev/full"
        assert_failure 1
        assert_stderr "$program: write stdout: No space left on device"
    done
}

@test "there is no manual page and no completion of a program that is not there" {
    local file name
    for file in "$ROOT"/man/*.1 "$ROOT"/completions/bash/* "$ROOT"/completions/zsh/* "$ROOT"/completions/fish/*; do
        name=$(basename "$file")
        name=${name#_}
        [[ -d $ROOT/cmd/${name%.*} ]] || fail "$file: no such program"
    done
}

# An option of the program that takes a number. statsd-run reads no lines.
valued_option() {
    case $1 in
    statsd-run) echo --ready-fd ;;
    *) echo --max-line ;;
    esac
}

@test "an option is completed in bash, alone and with bash-completion" {
    local program
    for program in "${PROGRAMS[@]}"; do
        run_program in_bash_completion "$program" --ver
        assert_output $'--verbose\n--version'
        run_program in_bash_completion "$program" "$(valued_option "$program" | sed 's/...$//')"
        assert_output "$(valued_option "$program")"
        [[ -e /usr/share/bash-completion/bash_completion ]] || continue
        # Found as after installation: by the program's name.
        run_program bash -c '
            export XDG_DATA_HOME=$1 BASH_COMPLETION_USER_DIR=$1/bash-completion
            mkdir -p "$BASH_COMPLETION_USER_DIR" && ln -sfn "$2" "$BASH_COMPLETION_USER_DIR/completions"
            source /usr/share/bash-completion/bash_completion
            _completion_loader "$3"; complete -p "$3"' _ "$BATS_TEST_TMPDIR" "$ROOT/completions/bash" "$program"
        assert_line --regexp "^complete .*-F _.* $program$"
    done
}

# offers EXPECTED PROGRAM WORD...: bash offers this for the last word, in any order.
offers() {
    local expected=$1
    shift
    run_program in_bash_completion "$@"
    assert_equal "$* -> $(sort <<<"$output" | xargs)" "$* -> $expected"
}

@test "the words of an option are completed in bash" {
    offers 'end start' statsd-agg --stamp ''
    offers start statsd-agg --stamp = s
    offers 'end start' statsd-agg --stamp =
    offers all statsd-agg --lateness ''
    offers 'full short' statsd-table --numbers ''
    offers 'series std sum sum_90 sum_squares sum_squares_90' statsd-table --sort s
    offers 'rate' statsd-table --sort r
    offers 'absolute delta' statsd-parse --gauge-sign ''
    offers 'absolute delta' statsd-recv --gauge-sign ''
    offers '' statsd-agg --interval ''
    offers '' statsd-agg -i ''
    offers '' statsd-recv --udp ''
}

@test "the words of a list are completed in bash, and those before are kept" {
    offers 'all dogstatsd graphite influx librato none signalfx' statsd-parse --tags ''
    offers 'graphite,influx' statsd-parse --tags graphite,i
    offers 'all,dogstatsd' statsd-recv --tags = all,d
    offers 'c g ms own s' statsd-table --type ''
    offers 'c,ms,own' statsd-table --type c,ms,o
    offers 'value' statsd-table -c v
    offers 'count count_90 count_ps' statsd-table -c count
    offers 'mean,upper mean,upper_90' statsd-table --columns mean,up
    offers 'count,histogram' statsd-agg --stats count,h
}

@test "files and hosts are completed in bash" {
    local program option
    mkdir "$BATS_TEST_TMPDIR/d"
    touch "$BATS_TEST_TMPDIR/d/one" "$BATS_TEST_TMPDIR/d/two"
    cd "$BATS_TEST_TMPDIR"
    for program in "${PROGRAMS[@]}"; do
        offers 'd/one d/two' "$program" --rejects d/
    done
    offers d/two statsd-agg --late d/t
    offers d/two statsd-agg --state = d/t
    offers 'd/one d/two' statsd-agg d/
    offers 'd/one d/two' statsd-parse d/
    offers 'd/one d/two' statsd-table --tsv d/
    offers '' statsd-recv d/
    offers '' statsd-carbon d/
    echo '127.0.0.1 carbon.example' >hosts
    HOSTFILE=hosts offers carbon.example statsd-carbon carb
}

@test "words, lists, files and hosts are completed in zsh" {
    command -v zsh >/dev/null || skip 'zsh is not installed'
    run_program zsh_arguments statsd-agg
    assert_line '--stamp=[timestamp of an interval\: its end or start (end)]:word:(end start)'
    assert_line --regexp '^--late=.*:file:_files$'
    assert_line --regexp '^--state=.*:file:_files$'
    assert_line --regexp '^--lateness=.*:duration:\(all\)$'
    assert_line --regexp '^--stats=.*:list:_values -s , word count .*histogram$'
    assert_line --regexp '^\*--tag=.*:key\\:value$'
    assert_line --regexp "^--weighted\[count a timer's "
    assert_line '*:file:_files'
    run_program zsh_arguments statsd-table
    assert_line --regexp '^\(-c --columns\)-c\+\[.*:list:_values -s , word count '
    assert_line --regexp '^\(-c --columns\)--columns=\[.*:list:_values -s , word count '
    assert_line --regexp '^--type=.*:list:_values -s , word c ms g s own$'
    assert_line --regexp '^--sort=.*:column:\(series count .*value\)$'
    assert_line --regexp '^--numbers=.*:word:\(short full\)$'
    assert_line '*:file:_files'
    run_program zsh_arguments statsd-carbon
    assert_line 1:host:_hosts
    assert_line --regexp '^--rejects=.*:file:_files$'
    run_program zsh_arguments statsd-recv
    assert_line --regexp '^\*--udp=\[listen on \\:PORT or ADDRESS\\:PORT .*:place$'
    assert_line --regexp '^--tags=.*:list:_values -s , word dogstatsd graphite influx librato signalfx all none$'
    assert_line --regexp '^--gauge-sign=.*:word:\(delta absolute\)$'
    refute_line --regexp '^[*1]:'
}

@test "words, lists, files and hosts are completed in fish" {
    command -v fish >/dev/null || skip 'fish is not installed'
    cd "$BATS_TEST_TMPDIR"
    touch one.tsv
    run_program in_fish_completion statsd-agg 'statsd-agg --stamp '
    assert_output $'end\nstart'
    run_program in_fish_completion statsd-agg 'statsd-agg --lateness '
    assert_output all
    run_program in_fish_completion statsd-agg 'statsd-agg --late on'
    assert_output one.tsv
    run_program in_fish_completion statsd-agg 'statsd-agg --interval on'
    refute_output
    run_program in_fish_completion statsd-agg 'statsd-agg on'
    assert_output one.tsv
    run_program in_fish_completion statsd-parse 'statsd-parse --tags graphite,i'
    assert_output graphite,influx
    run_program in_fish_completion statsd-table 'statsd-table -c mean,upper_'
    assert_output mean,upper_90
    run_program in_fish_completion statsd-table 'statsd-table --sort se'
    assert_output series
    run_program in_fish_completion statsd-table 'statsd-table --numbers '
    assert_output $'full\nshort'
    run_program in_fish_completion statsd-carbon 'statsd-carbon '
    assert_output carbon.example
    run_program in_fish_completion statsd-recv 'statsd-recv on'
    refute_output
}

@test "zsh and fish read the completions without a word" {
    local program
    for program in "${PROGRAMS[@]}"; do
        if command -v zsh >/dev/null; then
            run_program zsh -f -c 'fpath=($1 $fpath); autoload -Uz compinit; compinit -D
                autoload +X "_$2"; print ${_comps[$2]}' \
                _ "$ROOT/completions/zsh" "$program"
            assert_success
            refute_stderr
            assert_output "_$program"
        fi
        if command -v fish >/dev/null; then
            run_program fish --no-config -c 'source $argv[1]; complete -C "$argv[2] --vers"' \
                "$ROOT/completions/fish/$program.fish" "$program"
            assert_success
            refute_stderr
            assert_output --regexp $'^--version\t'
        fi
    done
}

@test "--help goes to stdout, takes at most 60 lines of 120 columns, and has two examples" {
    local program option
    for program in "${PROGRAMS[@]}"; do
        for option in --help -h; do
            run_program "$program" "$option"
            assert_success
            refute_stderr
            ((${#lines[@]} <= 60)) || fail "$program: ${#lines[@]} lines"
            assert_line --regexp "^usage: $program "
            (($(sed -n '/^Examples:/,$p' <<<"$output" | grep -c "$program") >= 2)) || fail "$program: no two examples"
            [[ ! $output =~ $'\n'[^$'\n']{121} ]] || fail "$program: a line is too wide"
        done
    done
}

@test "--help does not wait for its input and needs nothing else" {
    local program
    for program in "${PROGRAMS[@]}"; do
        run_program timeout 5 "$program" --help --no-such-option < <(exec sleep 5)
        assert_success
    done
}

@test "--version prints the name and the version" {
    local program option version
    version=$(sed -n 's/.*STATSD_UTILS_VERSION "\(.*\)"/\1/p' "$ROOT/common/base/version.h")
    grep -q "^## $version" "$ROOT/CHANGELOG.md"
    for program in "${PROGRAMS[@]}"; do
        for option in --version -V; do
            run_program "$program" "$option"
            assert_success
            refute_stderr
            assert_output "$program $version"
        done
    done
}

@test "--help and --version that cannot be written fail" {
    local program option
    for program in "${PROGRAMS[@]}"; do
        for option in --help --version; do
            run_shell "$program $option >/dev/full"
            assert_failure 1
            assert_stderr "$program: write stdout: No space left on device"
        done
    done
}

@test "wrong usage prints a reason and a usage line and exits 2, in every program" {
    local program option
    for program in "${PROGRAMS[@]}"; do
        run_program "$program" --no-such-option </dev/null
        assert_usage_error "$program: unknown option '--no-such-option'"
        [[ ${stderr_lines[1]} == "usage: $program "* ]]
        run_program "$program" -Z </dev/null
        assert_usage_error "$program: unknown option '-Z'"
        option=$(valued_option "$program")
        run_program "$program" "$option" </dev/null
        assert_usage_error "$program: option $option needs a value"
        run_program "$program" "$option=none" </dev/null
        assert_usage_error --partial "$program: $option: "
        run_program "$program" --quiet=yes </dev/null
        assert_usage_error "$program: option --quiet takes no value"
    done
}

@test "a letter means one thing: each short option has the same long name everywhere" {
    local program
    for program in "${PROGRAMS[@]}"; do
        "$program" --help | sed -nE 's/^  (-[A-Za-z]), (--[a-z-]+).*/\1 \2/p'
    done | sort -u >"$BATS_TEST_TMPDIR/pairs"
    run_program cut -d' ' -f1 "$BATS_TEST_TMPDIR/pairs"
    assert_equal "$(sort <<<"$output" | uniq -d)" ''
    grep -qx -- '-l --max-line' "$BATS_TEST_TMPDIR/pairs"
}

@test "the usage line names only options that exist" {
    local program option
    for program in "${PROGRAMS[@]}"; do
        run_program "$program" --help
        local usage all letters
        usage=$(grep '^usage:' <<<"$output")
        all=$(options_of_help "$program")
        letters=$(sed -n 's/^usage: [^ ]* \[-\([A-Za-z]*\)\].*/\1/p' <<<"$usage")
        [[ $letters ]] || fail "$program: the usage line has no letters"
        for option in $(sed 's/./ -&/g' <<<"$letters") $(grep -oE -- '--[a-z-]+' <<<"$usage"); do
            grep -qx -- "$option" <<<"$all" || fail "$program: no option $option"
        done
    done
}
