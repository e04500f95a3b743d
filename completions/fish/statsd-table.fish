# fish completion for statsd-table(1)

set -l statistics count rate value count_ps lower upper sum sum_squares mean median std \
    count_90 mean_90 upper_90 sum_90 sum_squares_90

complete -c statsd-table -s c -l columns -x -d 'these statistics only' -a "(__fish_append , $statistics)"
complete -c statsd-table -l type -x -d 'these types only' -a '(__fish_append , c ms g s own)'
complete -c statsd-table -l sort -x -d 'largest first; series by name' -a "series $statistics"
complete -c statsd-table -l head -x -d 'only the first rows of each table'
complete -c statsd-table -l numbers -x -d 'how numbers are shown' -a 'short full'
complete -c statsd-table -l tsv -d 'one table between TABs, with a heading'
complete -c statsd-table -s l -l max-line -x -d 'longest line, others are dropped'
complete -c statsd-table -l max-series -x -d 'most rows of one interval'
complete -c statsd-table -l rejects -r -F -d 'append what is refused, and why, to a file'
complete -c statsd-table -s s -l strict -d 'end with exit 1 at the first bad aggregate'
complete -c statsd-table -l drain -x -d 'read on so long after TERM or INT'
complete -c statsd-table -s q -l quiet -d 'say only what ends the program'
complete -c statsd-table -s v -l verbose -d 'say at the end how much there was'
complete -c statsd-table -s h -l help -d 'print help and exit'
complete -c statsd-table -s V -l version -d 'print the version and exit'
