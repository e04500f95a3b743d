# shellcheck shell=bash
# postgresql_start FOLDER: Debian's PostgreSQL, with the user test. Sets $port.

# Skips the test where it is not installed; else sets $postgresql, the folder of its programs.
need_postgresql() {
    local folders=(/usr/lib/postgresql/*/bin)
    postgresql=${folders[-1]}
    [[ -x $postgresql/initdb ]] || skip 'there is no PostgreSQL here: install postgresql'
    need_server psql postgresql-client
}

postgresql_start() {
    local init=("$postgresql/initdb" -D data -U test -A trust -E UTF8 --locale=C --no-sync)
    server_folder "$1"
    port=$(free_port)
    server_run "$1" sh -c "${init[*]} && exec $postgresql/postgres -D data -F -p $port -h 127.0.0.1 -k ''"
    server_wait "$1" psql -h 127.0.0.1 -p "$port" -U test -c 'SELECT 1' postgres
}
