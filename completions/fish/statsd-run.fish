# fish completion for statsd-run(1), written by `make completions`

complete -c statsd-run -l check -d 'only report what is wrong with the config'
complete -c statsd-run -l print -d 'print the pipeline as a shell command'
complete -c statsd-run -l ready-fd -x -d 'write a line to descriptor N when ready'
complete -c statsd-run -s q -l quiet -d 'print only errors that end or fail the program'
complete -c statsd-run -s v -l verbose -d 'print each command started, and its totals'
complete -c statsd-run -s h -l help -d 'print this help and exit'
complete -c statsd-run -s V -l version -d 'print the version and exit'
