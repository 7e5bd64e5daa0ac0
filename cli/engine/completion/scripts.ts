/**
 * The scripts that shells load. Each passes the words up to the cursor to the program. The answer has one candidate a line, with a tab and its
 * description, and ends with `:files` if file names fit too.
 */

const BASH = `# bash completion for carryover; see: carryover completion --help
_carryover() {
  local line="\${COMP_LINE:0:COMP_POINT}" word found candidate
  local -a words
  read -ra words <<< "$line"
  [[ "$line" == *[[:space:]] ]] && words+=("")
  word="\${words[\${#words[@]}-1]}"
  found="$("\${words[0]}" __complete -- "\${words[@]:1}" 2>/dev/null)" || return
  COMPREPLY=()
  # Readline takes what follows the last colon or equals sign for the word.
  local prefix="\${word%"\${word##*[:=]}"}"
  while IFS=$'\\t' read -r candidate _; do
    if [[ "$candidate" == ":files" ]]; then compopt -o default
    elif [[ -n "$candidate" ]]; then COMPREPLY+=("\${candidate#"$prefix"}")
    fi
  done <<< "$found"
}
complete -F _carryover carryover
`;

const ZSH = `#compdef carryover
# zsh completion for carryover; see: carryover completion --help
_carryover() {
  local -a found plain
  local line candidate
  found=("\${(@f)$("\${words[1]}" __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  for line in $found; do
    candidate="\${line%%$'\\t'*}"
    if [[ "$candidate" == ":files" ]]; then _files
    elif [[ -n "$candidate" ]]; then plain+=("\${candidate//:/\\\\:}:\${line#*$'\\t'}")
    fi
  done
  (( \${#plain} )) && _describe carryover plain
}
if [ "\${funcstack[1]}" = "_carryover" ]; then _carryover; else compdef _carryover carryover; fi
`;

const FISH = `# fish completion for carryover; see: carryover completion --help
function __carryover_complete
  set -l words (commandline -opc) (commandline -ct)
  for line in ($words[1] __complete -- $words[2..-1] 2>/dev/null)
    if test "$line" = ":files"
      __fish_complete_path (commandline -ct)
    else
      echo $line
    end
  end
end
complete -c carryover -f -a '(__carryover_complete)'
`;

export const SCRIPTS = { bash: BASH, zsh: ZSH, fish: FISH } as const;
