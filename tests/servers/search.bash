# shellcheck shell=bash
# search_start FOLDER NAME: a node of NAME, opensearch or elasticsearch, from the jars that
# servers/search/fetch has fetched. Sets $port.

# need_search NAME: skips the test where there are no jars.
need_search() {
    [[ -e $STATSD_BIN/../servers/$1/ready ]] || skip "there is no $1 here: make check-servers fetches it"
}

search_listens() {
    port=$(sed -n 's/^port //p' "$1/output") && [[ $port ]]
}

search_start() {
    local folder=$SERVERS/$1 jars
    jars=$(cd "$STATSD_BIN/../servers/$2" && pwd)
    server_folder "$1"
    mkdir -p "$folder/config" "$folder/logs"
    server_folder "$1"
    server_run "$1" java -Xms256m -Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Dlog4j2.disable.jmx=true \
        -cp "$jars/classes:$jars/lib/*" SearchNode .
    PATIENCE=90 server_wait "$1" search_listens "$folder"
}
