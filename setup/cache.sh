# What is kept in the user's cache is made as a draft beside its place and moved there as a whole: whatever is there is
# complete, however the set-up that made it ended.

# draft_of PLACE: prints an empty place to make it in. What killed set-ups left there is gone by then: there is one
# set-up at a time (lock_set_up).
draft_of() {
	rm -rf "$1.draft"
	mkdir -p "$(dirname "$1")"
	printf '%s' "$1.draft"
}

# keep DRAFT PLACE
keep() {
	sync -f "$1" # the move must not reach the disk before the content does
	rm -rf "$2"
	mv -T "$1" "$2"
}

# One set-up of a user at a time: two would get the same things twice. The lock ends with the set-up and its children,
# however they end: descriptor 9 is theirs.
lock_set_up() {
	mkdir -p "$cache"
	exec 9>>"$cache/setup.lock"
	flock --nonblock 9 && return
	say "another set-up of this user is at work (or a program that a killed one has started); waiting for its end, an hour at most"
	flock --timeout 3600 9 || {
		say "the other set-up has not ended within an hour; see what holds $cache/setup.lock: fuser $cache/setup.lock"
		exit 1
	}
}
