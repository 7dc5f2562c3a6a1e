# Words and steps that the scripts share. To be sourced: it moves to the root of the project.
# shellcheck shell=bash
# shellcheck disable=SC2034  # those who source it use the colours

cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit

# Fast answers from the compiler cache in every clone of this project, wherever it lies.
export CCACHE_BASEDIR="${CCACHE_BASEDIR:-$PWD}" CCACHE_NOHASHDIR=1
export PYTHONDONTWRITEBYTECODE=1

if [[ -t 1 && -z ${NO_COLOR:-} && ${TERM:-dumb} != dumb ]]; then
    on_terminal=yes bold=$'\e[1m' red=$'\e[31m' green=$'\e[32m' plain=$'\e[0m'
else
    on_terminal='' bold='' red='' green='' plain=''
fi

say() { printf '%s\n' "${bold}$*${plain}"; }
fail() {
    printf '%s\n' "${red}$(basename "$0"): $*${plain}" >&2
    exit 1
}

cores() { nproc 2>/dev/null || echo 2; }

# retry COMMAND...: three tries, for what may fail in passing (a mirror, a registry, a lock).
retry() {
    local pause
    for pause in 5 20 ''; do
        "$@" && return 0
        [[ -n $pause ]] || return 1
        echo "  that failed; trying again in $pause s: $*" >&2
        sleep "$pause"
    done
}

# Keeps standard input in the file $1; a terminal sees its last line meanwhile.
keep() {
    local line width=80
    [[ -z $on_terminal ]] || width=$(tput cols 2>/dev/null || echo 80)
    while IFS= read -r line || [[ -n $line ]]; do
        printf '%s\n' "$line" >&3
        [[ -z $on_terminal ]] || printf '\r\e[K  %s' "${line:0:width-4}"
    done 3>"$1"
    [[ -z $on_terminal ]] || printf '\r\e[K'
}

# quietly LOG COMMAND...: the command's output goes to LOG alone. Answers the command's status.
quietly() {
    local log=$1 status=0
    shift
    mkdir -p "$(dirname "$log")"
    { "$@" </dev/null 2>&1 | keep "$log"; } || status=$?
    return "$status"
}

# as_preset PRESET COMMAND...: runs it as the programs of that preset want to be run. Those with sanitizers want
# addresses where they expect them; some kernels spread them wider than g++ 12 knows.
as_preset() {
    local preset=$1
    shift
    if [[ $preset =~ ^(asan|tsan|fuzz)$ ]] && setarch "$(uname -m)" --addr-no-randomize true 2>/dev/null; then
        setarch "$(uname -m)" --addr-no-randomize "$@"
    else
        "$@"
    fi
}

configure() {
    local preset=$1 folder=build/$1
    if [[ ! -f $folder/build.ninja || CMakePresets.json -nt $folder/build.ninja ]]; then
        quietly "$folder/log/configure.txt" cmake --preset "$preset" && touch "$folder/build.ninja"
    fi
}

# build PRESET: builds build/PRESET, configured if it was not. Says how long it took; shows everything if it fails.
build() {
    local preset=$1 log=build/$1/log started=$SECONDS
    say "Building $preset"
    if ! configure "$preset"; then
        cat "$log/configure.txt"
        echo "${red}$preset cannot be configured (log: $log/configure.txt)${plain}"
        return 1
    fi
    if ! quietly "$log/build.txt" as_preset "$preset" cmake --build "build/$preset" --parallel "$(cores)"; then
        grep -vE '^\[[0-9]+/[0-9]+\] (Building|Linking)' "$log/build.txt" || true
        echo "${red}$preset does not build (log: $log/build.txt)${plain}"
        return 1
    fi
    echo "  built in $((SECONDS - started)) s"
}
