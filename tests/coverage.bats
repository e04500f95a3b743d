#!/usr/bin/env bats
# Coverage: its report, and what CI does with it.

# shellcheck disable=SC2154 # status and output are bats'
load helper

setup() {
    cd "$BATS_TEST_TMPDIR" || return
}

@test "the report lists functions that nobody calls, the lines of each file, and the total" {
    command -v gcov >/dev/null || skip 'gcov is not installed'
    mkdir -p cmd/x common/base build/cmd/x build/common/base
    printf 'int twice(int n)\n{\n    return 2 * n;\n}\n\nint thrice(int n)\n{\n    return 3 * n;\n}\n' >common/base/a.c
    printf 'int twice(int n);\n\nint main(void)\n{\n    return twice(21) - 42;\n}\n' >cmd/x/main.c
    run_program python3 "$ROOT/tests/coverage" build report
    assert_failure 1
    assert_stderr 'coverage: build has no data: it is built with --coverage, and tests have run'
    gcc -O0 --coverage -c -o build/common/base/a.o common/base/a.c
    gcc -O0 --coverage -c -o build/cmd/x/main.o cmd/x/main.c
    gcc --coverage -o x build/cmd/x/main.o build/common/base/a.o
    ./x
    ./x
    run_program python3 "$ROOT/tests/coverage" build report
    assert_success
    assert_output - <<'END'
never called: common/base/a.c:6: thrice
 50.00 % common/base/a.c
100.00 % cmd/x/main.c
 66.67 % of 6 lines; report is the report for Coveralls
END
    assert_equal "$(<report)" "SF:cmd/x/main.c
FN:3,main
FNDA:2,main
DA:3,2
DA:5,2
end_of_record
SF:common/base/a.c
FN:1,twice
FNDA:2,twice
FN:6,thrice
FNDA:0,thrice
DA:1,2
DA:3,2
DA:6,0
DA:8,0
end_of_record"
}

@test "lcov reads the report" {
    command -v lcov >/dev/null || skip 'lcov is not installed: apt-get install lcov'
    mkdir cmd
    printf 'int main(void)\n{\n    return 0;\n}\n' >cmd/a.c
    printf 'SF:%s\nFN:1,main\nFNDA:1,main\nDA:1,1\nDA:3,0\nend_of_record\n' "$PWD/cmd/a.c" >report
    run_shell 'lcov --summary report 2>&1'
    assert_success
    assert_line --regexp '^ *lines\.+: 50\.0% \(1 of 2 lines\)$'
}

@test "CI's files run what exists, and name the report that make coverage writes" {
    local python
    for python in python3 /usr/bin/python3; do
        ! "$python" -c 'import yaml' 2>/dev/null || break
    done
    "$python" -c 'import yaml' 2>/dev/null || skip 'python3 has no yaml here: apt-get install python3-yaml'
    run_program "$python" - "$ROOT" <<'END'
import os, re, sys, yaml

root = sys.argv[1]
load = lambda name: yaml.safe_load(open(os.path.join(root, name)))
texts = []
for job in load(".github/workflows/ci.yml")["jobs"].values():
    for step in job["steps"]:
        assert ("run" in step) != ("uses" in step), step
        texts.append(step.get("run", ""))
        if step.get("uses", "").startswith("coverallsapp/"):
            assert step["with"]["file"] == "build/coverage/lcov.info" and "COVERALLS_REPO_TOKEN" in step["if"], step
            texts.append("coveralls")
travis = load(".travis.yml")
texts += [travis["script"]]
for job in travis["jobs"]["include"]:
    texts += [job["script"], job["after_success"]]
assert "coveralls" in texts and ".ci/coveralls build/coverage/lcov.info" in texts, texts
scripts = re.findall(r"\.ci/[a-z]+", " ".join(texts))
assert {".ci/run", ".ci/coverage", ".ci/coveralls"} == set(scripts), scripts
for script in scripts:
    assert os.access(os.path.join(root, script), os.X_OK), script
assert "COVERAGE = build/coverage/lcov.info" in open(os.path.join(root, "Makefile")).read()
END
    assert_success
    run_program env -u COVERALLS_REPO_TOKEN "$ROOT/.ci/coveralls" report
    assert_success
    assert_output 'coveralls: COVERALLS_REPO_TOKEN is not set: nothing is sent'
}

@test "the badges are of the files that CI has" {
    run_shell "sed -n 3p '$ROOT/README.md'"
    assert_output --partial 'actions/workflows/ci.yml/badge.svg'
    assert_output --partial 'travis-ci.com/'
    assert_output --partial 'coveralls.io/repos/'
}
