# newc.pl NAME FILE: a cpio archive in the format "newc", in which Linux unpacks initial ramdisks, of the paths that come
# on standard input, separated by NUL, and of FILE under the path NAME. Everything in it is root's and as old as
# everything in a Nix store. The box need not have cpio; perl is in every Debian.
use strict;
use warnings;
use Fcntl ':mode';

binmode STDOUT;
my $inode = 0;

sub record {
	my ($name, $mode, $content) = @_;
	$name =~ s,^/,,;
	my @fields = (
		++$inode, $mode, 0, 0, 1, 1, length $content, 0, 0, 0, 0, length($name) + 1,
		0,    # no checksum in this format
	);
	my $header = '070701' . join('', map { sprintf '%08X', $_ } @fields) . "$name\0";
	print padded($header), padded($content) or die "cannot write: $!\n";
}

sub padded { my $bytes = shift; return $bytes . "\0" x (-length($bytes) % 4) }

sub add {
	my ($name, $file) = @_;
	my @stat = lstat $file or die "$file: $!\n";
	my ($mode, $content) = ($stat[2], '');
	if (S_ISLNK($mode)) {
		$content = readlink $file;
	} elsif (S_ISREG($mode)) {
		open my $handle, '<:raw', $file or die "$file: $!\n";
		local $/;
		$content = <$handle> // '';
	} elsif (!S_ISDIR($mode)) {
		die "$file is neither file, folder nor link\n";
	}
	record($name, $mode, $content);
}

{
	local $/ = "\0";
	while (my $path = <STDIN>) {
		chomp $path;
		add($path, $path);
	}
}
add(@ARGV);
record('TRAILER!!!', 0, '');
close STDOUT or die "cannot write: $!\n";
