# Does the steps that the parts have planned, one after the other, and shows how far it is.

# Beginning and end of a long text: some programs say first what is wrong, others last.
excerpt() { awk '{ line[NR] = $0 } END { for (i = 1; i <= NR; i++) if (i <= 8 || i > NR - 12) print line[i]; else if (i == 9) print "…" }'; }

# Shows what is going to be done, before anything is.
announce() {
	local entry
	[ ${#steps[@]} -gt 0 ] || return 0
	say "what this box still needs:"
	for entry in "${steps[@]}"; do printf '  - %s\n' "${entry%%$'\n'*}" >&2; done
	for entry in "${notes[@]}"; do say "$entry"; done
}

# What a step prints goes to the log; its end is shown when the step fails.
run_steps() {
	local entry text command before began code watcher
	mkdir -p "$state"
	[ ${#steps[@]} -eq 0 ] || : >"$log"
	for entry in "${steps[@]}"; do
		text=${entry%%$'\n'*}
		command=${entry#*$'\n'}
		say "$text"
		printf '== %s\n' "$text" >>"$log"
		before=$(wc -c <"$log")
		began=$SECONDS
		show_progress "$before" &
		watcher=$!
		# A shell of its own keeps `set -e` alive inside the step, which `if` would switch off.
		set +e
		(
			set -e
			eval "$command"
		) >>"$log" 2>&1 </dev/null
		code=$?
		set -e
		kill "$watcher" 2>/dev/null && wait "$watcher" 2>/dev/null || true
		if [ $code -ne 0 ]; then
			{
				printf 'setup: failed: %s\n' "$text"
				tail -c "+$((before + 1))" "$log" | excerpt | sed 's/^/  | /'
				printf 'setup: the whole log is %s; after the cause is gone, the same command goes on from here\n' "$log"
			} >&2
			exit 1
		fi
		if [ $((SECONDS - began)) -ge 10 ]; then say "  done in $(duration $((SECONDS - began)))"; fi
	done
}

# A line every half minute for as long as the set-up lives, from what the step has written behind byte BEFORE of the log.
show_progress() { # BEFORE
	local began=$SECONDS next=30 text
	exec 9>&-
	while sleep 1 >/dev/null 2>&1 && kill -0 $$ 2>/dev/null; do
		[ $((SECONDS - began)) -ge $next ] || continue
		next=$((next + 30))
		text=$(tail -c "+$(($1 + 1))" "$log" | how_far)
		say "  … $(duration $((SECONDS - began)))${text:+: $text}"
	done
}

# A step that has said how many packages it compiles has them counted; of any other its last line tells most.
how_far() {
	awk '/^packages: / { total = $2; done = 0; next } { done++; last = $0 }
		END { if (total) printf "%d of %d packages", (done > total ? total : done), total; else print substr(last, 1, 100) }'
}

duration() { # SECONDS
	if [ "$1" -lt 60 ]; then printf '%d s' "$1"; else printf '%d min %d s' $(($1 / 60)) $(($1 % 60)); fi
}
