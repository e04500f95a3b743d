# fish completion for statsd-table(1), written by `make completions`

complete -c statsd-table -s c -l columns -x -a '(__fish_append , count count_ps lower upper sum sum_squares mean median std count_90 mean_90 upper_90 sum_90 sum_squares_90 histogram rate value)' -d 'these statistics only, as in count,upper_99'
complete -c statsd-table -l type -x -a '(__fish_append , c ms g s own)' -d 'of c, ms, g, s, own, these types only (c,ms,g,s)'
complete -c statsd-table -l sort -x -a 'series count count_ps lower upper sum sum_squares mean median std count_90 mean_90 upper_90 sum_90 sum_squares_90 histogram rate value' -d 'largest first; `series\' by name; -COLUMN reverses'
complete -c statsd-table -l head -x -d 'only the first N rows of each table'
complete -c statsd-table -l numbers -x -a 'short full' -d 'short on a terminal (default), else full'
complete -c statsd-table -l tsv -d 'one table between TABs, with a heading'
complete -c statsd-table -s l -l max-line -x -d 'drop lines longer than this (64K)'
complete -c statsd-table -l max-series -x -d 'keep at most N series (1000000)'
complete -c statsd-table -s s -l strict -d 'end with exit 1 at the first bad input'
complete -c statsd-table -l rejects -r -F -d 'append rejected input and the reason to FILE'
<<<<<<< HEAD
complete -c statsd-table -l rejects-max -x -d 'let that file have SIZE bytes (1G; 0: no limit)'
complete -c statsd-table -l drain -x -d 'finish within this time after a signal (5s)'
=======
complete -c statsd-table -l drain -x -d 'finish within this time at the end (5s)'
>>>>>>> main
complete -c statsd-table -s q -l quiet -d 'print only the message that ends the program'
complete -c statsd-table -s v -l verbose -d 'print a summary at the end'
complete -c statsd-table -s h -l help -d 'print this help and exit'
complete -c statsd-table -s V -l version -d 'print the version and exit'
