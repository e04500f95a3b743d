#!/usr/bin/perl
# usage: statsd-recv | perl by-day.pl DIR | statsd-agg ...
#
# Copies records to standard output, and appends each one to DIR/DATE.tsv, where DATE is the local date of the record's
# own time, such as 2023-11-14. Records are written at once.
#
# Each piece is appended to a file that is opened for it. A restart therefore continues a day's file, and files can be
# moved or removed at any time. If a file cannot be written, by-day prints a warning, continues to copy, and its exit
# status is 1. It ignores signals and ends with its input, so that no record is lost when a pipeline is stopped.
use strict;
use warnings;

@ARGV == 1 && -d $ARGV[0] or do { print STDERR "usage: by-day DIR (an existing directory)\n"; exit 2 };
my $dir = $ARGV[0];
my ($input, $failing, $failures) = ('', '', 0);
$SIG{$_} = 'IGNORE' for qw(HUP INT TERM);

sub write_all {
    my ($handle, $text) = @_;
    while (length $text) {
        my $written = syswrite $handle, $text or return 0;
        substr $text, 0, $written, '';
    }
    return 1;
}

# If only a part could be written, removes it again, so that the next record begins a line.
sub append {
    my ($file, $text) = @_;
    open my $handle, '>>', $file or return 0;
    my $size = -s $handle;
    return 1 if write_all($handle, $text);
    my $reason = $!;
    truncate $handle, $size;
    $! = $reason;
    return 0;
}

sub store {
    my ($day, $text) = @_;
    if (append("$dir/$day.tsv", $text)) {
        $failing = '';
        return;
    }
    my $reason = "$!";
    warn "by-day: write $dir/$day.tsv: $reason\n" if $failing ne $reason;
    $failing = $reason;
    $failures++;
}

# All time zones change their day at a quarter of an hour, so one call of localtime is enough for each.
my ($quarter, $day) = (-1, '');
sub day_of {
    my ($line) = @_;
    my ($time) = $line =~ /^(?:[^\t]*\t){4}([0-9]{1,11})(?![0-9])/;
    $time = time unless defined $time;
    if ($quarter != int $time / 900) {
        $quarter = int $time / 900;
        my ($mday, $month, $year) = (localtime $time)[3, 4, 5];
        $day = sprintf '%04d-%02d-%02d', $year + 1900, $month + 1, $mday;
    }
    return $day;
}

while (sysread STDIN, $input, 1 << 16, length $input) {
    my $lines = substr $input, 0, 1 + rindex($input, "\n"), '';
    my %days;
    $days{day_of($_)} .= $_ for split /^/, $lines;
    store($_, $days{$_}) for sort keys %days;
    write_all(*STDOUT, $lines) or die "by-day: write stdout: $!\n";
}

# A last line without its end is not a record; the next program reports it.
write_all(*STDOUT, $input) or die "by-day: write stdout: $!\n";
exit($failures ? 1 : 0);
