/**
 * What the shells load. They ask `waggle complete` with the words of the line as they were typed: nothing of an
 * unfinished line is ever evaluated, so a Tab after `$(…)` runs nothing. Each answer is `value<Tab>description`; lines
 * that begin with a colon are remarks of the library that makes them.
 */
export const completionScripts = {
  /** Needs nothing but bash (3.2 and newer); the package bash-completion is not assumed. */
  bash: String.raw`# bash completion for waggle; load it with: source <(waggle completion bash)
__waggle_complete() {
    local line="${'$'}{COMP_LINE:0:COMP_POINT}" current prefix value rest
    local -a words
    # Bash itself splits words at : and = as well, and role:x is one word to us.
    read -r -a words <<< "$line"
    [[ "$line" == *[[:space:]] ]] && words+=("")
    current="${'$'}{words[${'$'}{#words[@]}-1]}"
    COMPREPLY=()
    while IFS=$'\t' read -r value rest; do
        [[ "$value" != :* && "$value" == "$current"* ]] && COMPREPLY+=("$value")
    done < <(waggle complete -- "${'$'}{words[@]:1}" 2>/dev/null)
    # What it puts in replaces only what follows the last of these.
    if [[ "$current" == *[:=]* && ${'$'}{#COMPREPLY[@]} -gt 0 ]]; then
        prefix="${'$'}{current%"${'$'}{current##*[:=]}"}"
        COMPREPLY=("${'$'}{COMPREPLY[@]#"$prefix"}")
    fi
}
complete -o bashdefault -o default -F __waggle_complete waggle
`,
  zsh: String.raw`#compdef waggle
# zsh completion for waggle; load it with: source <(waggle completion zsh), or save it as _waggle in your fpath
_waggle() {
    local -a found
    local value about
    while IFS=$'\t' read -r value about; do
        [[ "$value" == :* ]] || found+=("${'$'}{value//:/\\:}${'$'}{about:+:$about}")
    done < <(waggle complete -- "${'$'}{(@Q)words[2,CURRENT]}" 2>/dev/null)
    if (( $#found )); then _describe waggle found; else _files; fi
}
if [[ "$funcstack[1]" == _waggle ]]; then
    _waggle "$@"
else
    (( $+functions[compdef] )) || { autoload -Uz compinit && compinit -u }
    compdef _waggle waggle
fi
`,
} as const;
