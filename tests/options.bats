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

# in_bash_completion PROGRAM WORD: prints what bash offers for the word.
in_bash_completion() {
    bash -c '
        source "$1" && read -r _ _ function _ < <(complete -p "$2") || exit 1
        COMP_WORDS=("$2" "$3") COMP_CWORD=1 COMP_LINE="$2 $3" COMP_POINT=${#COMP_LINE} COMPREPLY=()
        "$function" "$2" "$3" "$2" 2>&1
        printf "%s\n" "${COMPREPLY[@]%% }"' _ "$ROOT/completions/bash/$1" "$@"
}

# The words that the completion passes to _arguments, each up to the description of the option.
options_of_zsh() {
    zsh -f -c '
        _arguments() { while [[ $1 == -? ]]; do shift; done; print -rl -- "$@" }
        _values() { }
        _statsd() { source $1 }
        _statsd $1' _ "$ROOT/completions/zsh/_$1" |
        sed -nE 's/^(\([^)]*\))?\*?(--?[A-Za-z][A-Za-z-]*).*/\2/p' | sort
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

@test "every manual page and completion belongs to a program" {
    local file name
    for file in "$ROOT"/man/*.1 "$ROOT"/completions/bash/* "$ROOT"/completions/zsh/* "$ROOT"/completions/fish/*; do
        name=$(basename "$file")
        name=${name#_}
        [[ -d $ROOT/cmd/${name%.*} ]] || fail "$file: no such program"
    done
}

@test "an option is completed in bash, alone and with bash-completion" {
    local program
    for program in "${PROGRAMS[@]}"; do
        run_program in_bash_completion "$program" --ver
        assert_output $'--verbose\n--version'
        run_program in_bash_completion "$program" --max-l
        assert_output --max-line
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

@test "zsh and fish read the completions without a message" {
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
    local program
    for program in "${PROGRAMS[@]}"; do
        run_program "$program" --no-such-option </dev/null
        assert_usage_error "$program: unknown option '--no-such-option'"
        [[ ${stderr_lines[1]} == "usage: $program "* ]]
        run_program "$program" -Z </dev/null
        assert_usage_error "$program: unknown option '-Z'"
        run_program "$program" --max-line </dev/null
        assert_usage_error "$program: option --max-line needs a value"
        run_program "$program" --max-line=none </dev/null
        assert_usage_error --partial "$program: --max-line: "
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
