# What was run, and how it went. To be sourced after common.sh.
# shellcheck shell=bash
# shellcheck disable=SC2154  # the colours come from common.sh

# Where the outcomes are noted down; a script that calls another shares its own with it.
export TAPALCATL_TALLY="${TAPALCATL_TALLY:-}"

# record NAME PASSED FAILED SKIPPED SECONDS
record() {
    [[ -z $TAPALCATL_TALLY ]] || printf '%s\t%d\t%d\t%d\t%d\n' "$@" >>"$TAPALCATL_TALLY"
}

# note_failure NAME: a single test that failed, to be named again at the end.
note_failure() {
    [[ -z $TAPALCATL_TALLY ]] || printf '!\t%s\n' "$1" >>"$TAPALCATL_TALLY"
}

# Prints what was noted down; the last line has the sums. Fails if anything failed, or nothing was run.
summary() {
    local name passed failed skipped seconds all_passed=0 all_failed=0 all_skipped=0 colour
    say "Summary"
    while IFS=$'\t' read -r name passed failed skipped seconds; do
        if [[ $name == '!' ]]; then
            echo "      ${red}failed: $passed${plain}"
            continue
        fi
        colour=$green
        ((failed == 0)) || colour=$red
        printf '  %s%-24s %5d passed, %d failed, %d skipped  (%d s)%s\n' \
            "$colour" "$name" "$passed" "$failed" "$skipped" "$seconds" "$plain"
        ((all_passed += passed, all_failed += failed, all_skipped += skipped)) || true
    done <"$TAPALCATL_TALLY"
    echo
    printf '%d passed, %d failed' "$all_passed" "$all_failed"
    ((all_skipped == 0)) || printf ', %d skipped' "$all_skipped"
    echo
    ((all_failed == 0 && all_passed > 0))
}
