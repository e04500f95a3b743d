# fish completion for statsd-parse(1)

complete -c statsd-parse -l tags -x -d 'these flavours of tags only' \
    -a '(__fish_append , dogstatsd graphite influx librato signalfx all none)'
complete -c statsd-parse -l raw-names -d 'keep the bytes of names and tags'
complete -c statsd-parse -l max-name -x -d 'longest series'
complete -c statsd-parse -l gauge-sign -x -d 'what a gauge with a sign means' -a 'delta absolute'
complete -c statsd-parse -s l -l max-line -x -d 'longest line, others are dropped'
complete -c statsd-parse -l time -x -d 'Unix time of lines that bring none'
complete -c statsd-parse -l check -d 'write no records, exit 1 if anything is bad'
complete -c statsd-parse -l rejects -r -F -d 'append what is refused, and why, to a file'
complete -c statsd-parse -s s -l strict -d 'end with exit 1 at the first bad thing'
complete -c statsd-parse -l drain -x -d 'read on so long after TERM or INT'
complete -c statsd-parse -s q -l quiet -d 'say only what ends the program'
complete -c statsd-parse -s v -l verbose -d 'say at the end how much there was'
complete -c statsd-parse -s h -l help -d 'print help and exit'
complete -c statsd-parse -s V -l version -d 'print the version and exit'
