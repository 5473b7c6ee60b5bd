# What the scripts of this folder share: workspaces, sheets and sandboxes. To be sourced; $program is the program.

say() { printf '== %s\n' "$*" >&2; }

# people FOLDER ROWS: a workspace (contacts.csv, users.csv) and a sheet (team.csv) that moves each contact to another user.
people() {
  awk -v rows="$2" -v folder="$1" 'BEGIN {
    contacts = folder "/contacts.csv"; users = folder "/users.csv"; sheet = folder "/team.csv"
    print "id,first_name,last_name,phone,email,language,country,status,tags,assignee,created_at" > contacts
    print "id,first_name,last_name,email,role,team_id,team,pending" > users
    print "Contact,New owner" > sheet
    for (u = 0; u < 20; u++) printf "%d,User,%d,user-%d@example.com,agent,1,Team,\n", 101 + u, u, u > users
    for (row = 1; row <= rows; row++) {
      printf "%d,Contact,%d,,contact-%d@example.com,en,US,open,,user-%d@example.com,2024-01-01T00:00:00Z\n", 10000 + row, row, row, row % 20 > contacts
      printf "contact-%d@example.com,user-%d@example.com\n", row, (row + 7) % 20 > sheet
    }
  }'
}

# sandbox FOLDER [OPTION...]: serves that folder's workspace; its address goes to FOLDER/url, its process to FOLDER/pid.
sandbox() {
  local folder=$1
  shift
  REASSIGN_SANDBOX_TOKEN=$token "$program" sandbox --contacts "$folder/contacts.csv" --users "$folder/users.csv" "$@" \
    >"$folder/url" 2>/dev/null &
  echo $! >"$folder/pid"
}

# settings FILE FOLDER...: a settings file with a workspace for each folder, named after it.
settings() {
  local file=$1 folder
  shift
  for folder in "$@"; do
    until [ -s "$folder/url" ]; do sleep 0.05; done
    printf '[workspaces.%s]\nbase_url = "%s"\ntoken_file = "%s"\n%s\n' "$(basename "$folder")" "$(cat "$folder/url")" "$work/token" "${workspace_settings-}"
  done >"$file"
}

program=${1:-target/release/reassign}
[ -x "$program" ] || { echo "there is no program \`$program\`; cargo build --release makes it, or name another" >&2; exit 2; }
program=$(realpath "$program")
work=$(mktemp -d)
token=sandbox-token
(umask 077 && echo "$token" >"$work/token")
cleaners=()
cleanup() {
  for cleaner in "${cleaners[@]}"; do eval "$cleaner"; done
  cat "$work"/*/pid "$work"/*/*/pid 2>/dev/null | xargs -r kill 2>/dev/null
  wait 2>/dev/null
  rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM
