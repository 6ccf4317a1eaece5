# Completion of platen(1) for bash, by bash-completion. It asks the program's own help, so
# that it knows what that knows; and the component for devices, where there is a configuration.

_platen_help() {
	"$platen" help "$@" 2>/dev/null </dev/null
}

_platen_commands() {
	_platen_help | sed -n 's/^  \([a-z][a-z-]*\) .*/\1/p'
}

_platen_options() {
	_platen_help $command | sed -n 's/^  \(-.,\|   \) \(--[a-z-]*\) .*/\2/p'
}

# What stands behind an option in the help: FILE, or a|b; nothing behind a flag.
_platen_value_of() {
	_platen_help $command | sed -n "s/^  \(-.,\|   \) \(--[a-z-]*\) \([^ ][^ ]*\) .*/\1 \2 \3/p" |
		while read -r letter long value; do
			case $letter in
			--*) value=$long long=$letter letter= ;;
			esac
			if [[ $1 == "$long" || $1 == "${letter%,}" ]]; then
				printf '%s\n' "$value"
			fi
		done
}

_platen_filters() {
	_platen_help $command | sed -n 's/^  \([a-z]*=\)[^ ]*$/\1/p'
}

_platen_values_of_filter() {
	_platen_help $command | sed -n "s/^  $1=\([^ ]*|[^ ]*\)$/\1/p" | tr '|' '\n'
}

_platen_device_commands() {
	_platen_help request | sed -n '/^Commands/,/^$/s/^  //p' | tr ' ' '\n'
}

# Devices, or their units. What a shell would take for more than a name is left out.
_platen_known() {
	local file=${config:-${XDG_CONFIG_HOME:-$HOME/.config}/platen/platen.conf}
	local before='^{"device": "' name='\([A-Za-z0-9._@+-]*\)"'

	[[ -r $file ]] || return
	[[ $1 == unit ]] && before='^{"device": "[^"]*", "via": [^,]*, "unit": "'
	timeout 2 "$platen" -c "$file" devices --json --limit 500 2>/dev/null </dev/null |
		sed -n "s/$before$name.*/\1/p" | sort -u
}

# The words that the usage has in this place, n words behind the command; first is the
# first one of these.
_platen_places() {
	local alternative parts

	_platen_help $command | sed -n '1s/^usage: platen [a-z-]* *//p' | sed 's/ | /\n/g' | tr -d '[]' |
		while read -r alternative; do
			read -ra parts <<<"$alternative"
			[[ $n -eq 0 || ${parts[0]} != [a-z]* || ${parts[0]} == "$first" ]] || continue
			[[ $n -lt ${#parts[@]} || ${parts[-1]} != *... ]] || parts[n]=${parts[-1]}
			printf '%s\n' "${parts[n]%...}"
		done
}

# The lines of standard input that begin as the word does.
_platen_add() {
	local line

	while read -r line; do
		[[ $line == "$1"* ]] && COMPREPLY+=("$line")
	done
}

_platen_add_kind() {
	case $1 in
	FILE) _filedir ;;
	DIR) _filedir -d ;;
	DEVICE | JID) _platen_add "$cur" < <(_platen_known device) ;;
	UNIT) _platen_add "$cur" < <(_platen_known unit) ;;
	COMMAND)
		if [[ $command == help ]]; then
			_platen_add "$cur" < <(_platen_commands)
		else
			_platen_add "$cur" < <(_platen_device_commands)
		fi
		;;
	*'|'*) _platen_add "$cur" < <(tr '|' '\n' <<<"$1") ;;
	[a-z]*) _platen_add "$cur" <<<"$1" ;;
	esac
}

# The value of KEY=VALUE or --option=VALUE; before is what stands ahead of it.
_platen_add_value() {
	local before=${cur%%=*} line

	cur=${cur#*=}
	case $before in
	--*) _platen_add_kind "$(_platen_value_of "$before")" ;;
	device | unit) _platen_add_kind "${before^^}" ;;
	command) _platen_add "$cur" < <(_platen_device_commands) ;;
	*) _platen_add "$cur" < <(_platen_values_of_filter "$before") ;;
	esac
	COMPREPLY=("${COMPREPLY[@]/#/$before=}")
	cur=$before=$cur
}

_platen_add_word() {
	local place

	if [[ -z $command ]]; then
		_platen_add "$cur" < <(_platen_commands)
		return
	fi
	_platen_add "$cur" < <(_platen_filters)
	[[ ${#COMPREPLY[@]} -eq 0 ]] || compopt -o nospace
	while read -r place; do
		_platen_add_kind "$place"
	done < <(_platen_places)
}

# What was typed ahead of the word: the command, and how many words stand behind it.
_platen_look_back() {
	local i

	for ((i = 1; i < cword; i++)); do
		case ${words[i]} in
		-c | --config) config=${words[++i]} ;;
		--config=*) config=${words[i]#*=} ;;
		--*=*) ;;
		-?*) [[ -z $(_platen_value_of "${words[i]}") ]] || ((i++)) ;;
		*)
			if [[ -z $command ]]; then
				command=${words[i]}
			else
				[[ $((n++)) -gt 0 ]] || first=${words[i]}
			fi
			;;
		esac
	done
	config=${config/#\~/$HOME}
}

# Readline puts in only what is behind the last of its own word breaks.
_platen_trim() {
	local breaks=${COMP_WORDBREAKS//[^=@]/} before

	[[ -n $breaks && $cur == *[$breaks]* ]] || return
	before=${cur%"${cur##*[$breaks]}"}
	COMPREPLY=("${COMPREPLY[@]#"${before%@}"}")
}

_platen() {
	local cur prev words cword platen command= config= first= n=0 value=

	_init_completion -n =@ || return
	platen=${words[0]/#\~/$HOME}
	_platen_look_back
	[[ $prev == -?* && $prev != *=* ]] && value=$(_platen_value_of "$prev")
	if [[ -n $value ]]; then
		_platen_add_kind "$value"
	elif [[ $cur == *=* ]]; then
		_platen_add_value
	elif [[ $cur == -* ]]; then
		_platen_add "$cur" < <(_platen_options)
	else
		_platen_add_word
	fi
	_platen_trim
} && complete -F _platen platen
