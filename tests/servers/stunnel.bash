# shellcheck shell=bash
# stunnel_start FOLDER PORT: a pair of stunnels, as on two machines: one takes plain connections,
# encrypts, and connects to the other, which decrypts and connects to PORT of the loopback. Sets
# $port, of the first. They are the servers FOLDER and FOLDER-far.

stunnel_run() {
    local name=$1
    shift
    printf '%s\n' 'foreground = yes' 'pid =' 'debug = notice' '[carbon]' "$@" >"$SERVERS/$name/stunnel.conf"
    server_run "$name" stunnel stunnel.conf
}

stunnel_start() {
    local near=$1 backend=$2 far_port
    far_port=$(free_port)
    port=$(free_port)
    server_folder "$near-far"
    (
        umask 077
        openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost \
            -keyout "$folder/key.pem" -out "$folder/cert.pem" 2>"$folder/output"
    )
    stunnel_run "$near-far" "accept = 127.0.0.1:$far_port" "connect = 127.0.0.1:$backend" 'cert = cert.pem' \
        'key = key.pem'
    server_folder "$near"
    cp "$SERVERS/$near-far/cert.pem" "$folder/cert.pem"
    chmod a+r "$folder/cert.pem"
    stunnel_run "$near" 'client = yes' "accept = 127.0.0.1:$port" "connect = 127.0.0.1:$far_port" \
        'CAfile = cert.pem' 'verifyChain = yes' 'checkHost = localhost'
    server_wait "$near-far" listens "$far_port"
    server_wait "$near" listens "$port"
}
