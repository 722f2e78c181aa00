#!/usr/bin/env bash
# A school's morning with crier, as a tour: every command is printed before it runs.
#
#   bash examples/demo.sh
#
# Does its own set-up on Debian 12 (.ci/setup; CRIER_SKIP_SETUP=1 leaves that out), builds the release into
# build/release and works in build/demo, which it empties first and leaves to be looked at.
#
# CRIER=path/to/crier takes that program instead of building one, DEMO_DIR=folder another folder. tests/readme.py
# does so and holds the README's tour to what is printed here.
set -euo pipefail
SOURCE=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

heading() { printf '\n== %s\n' "$*"; }
remark() { printf '\n'; printf '# %s\n' "$@"; }

if [ -z "${CRIER:-}" ]; then
  heading "Set-up: packages, and the release in build/release"
  cd "$SOURCE"
  bash .ci/setup
  cmake --preset release
  cmake --build --preset release --target crier
  CRIER=$SOURCE/build/release/crier
fi
program=$(realpath "$CRIER")
crier() { "$program" "$@"; }

# The folder is emptied, so it must be one of ours: made by a tour, or empty.
demo=${DEMO_DIR:-$SOURCE/build/demo}
mark=.crier-demo
mkdir -p "$demo"
cd "$demo"
if [ ! -e "$mark" ] && [ -n "$(ls -A)" ]; then
  echo "demo: $demo holds something else; name an empty folder with DEMO_DIR" >&2
  exit 1
fi
find . -mindepth 1 -delete
touch "$mark"

# run EXIT COMMAND: prints the command, runs it, and holds it to its exit code.
run() {
  local expected=$1 command=$2 code=0
  printf '\n$ %s\n' "${command//$'\n'/$'\n> '}"
  eval "$command" || code=$?
  if [ "$code" != "$expected" ]; then
    echo "demo: this ended with exit code $code; $expected was expected" >&2
    exit 1
  fi
}

# A clock that starts on Wednesday 25 November 2026 at 08:30 in London and runs on: an offset to the machine's
# clock, worked out once, so that all commands agree. A command hears of it by CRIER_CLOCK.
morning=1795595400
CRIER_CLOCK=$(printf '%+ds' $((morning - $(date +%s))))
export CRIER_CLOCK
unset CRIER_CONFIG CRIER_STORE CRIER_SCHOOL

heading "1. A store"
remark "It is Wednesday, 25 November 2026, half past eight. The office sets up crier: a settings file with comments" \
  "in it, and a store in one file beside it. No server is needed."
run 0 "crier init --school HAR --name 'Harbour School' --timezone Europe/London --country GB"
remark "Who messages are from, and which columns of this school's export tell form, house and so on: tables that are" \
  "added at the end of the settings."
run 0 "cat >> crier.toml <<'END'

[district]
sender = { email = \"office@harbour.example\", name = \"Harbour School\", reply_to = \"office@harbour.example\" }

[import.oneroster]
columns = { form = \"metadata.form\", house = \"metadata.house\", relation = \"metadata.relation\", priority = \"metadata.priority\", missing = \"metadata.missing\" }
END"

heading "2. The school's export goes in"
remark "A OneRoster folder as information systems write it: pupils, contacts, groups, marks. SOURCE is the folder of" \
  "crier's sources."
run 1 'crier import oneroster "$SOURCE/examples/school"'
remark "Three cells are wrong. Each is named with file, line, column, value and reason; all else went in. The exit code" \
  "is 1, done in part, so that a nightly job can tell."

heading "3. Who would hear?"
remark "The parents of form 10A: each once, with the address, or the reason why there is none. Nothing is sent."
run 0 'crier resolve form:10A --to parent'

heading "4. A message to all parents of a form"
run 0 "crier send form:10A --to parent -s 'School closes at noon' -m 'Snow is on its way. Please collect your children at 12:00.' --yes"
remark "It is queued. 'crier daemon' would send it at once; here the queue is worked one time. No mail server is set up," \
  "so each message becomes a file in outbox/."
run 0 'crier daemon --once'
run 0 'crier status'
remark "One of them has failed. Why, and what to do?"
run 0 'crier status 1 --errors'

heading "5. Corrected at the source, imported, sent again"
remark "The office corrects the addresses in its information system, which writes a new export. Here sed does."
run 0 'cp -r "$SOURCE/examples/school" corrected'
run 0 "sed -i 's/anna.dyer@example..org/fatima.dyer@example.org/; s/patel at example.org/nguyen.11@example.org/; s/4.474E+11/07400 900013/' corrected/users.csv"
run 0 'crier import oneroster corrected'
remark "Only what has changed was written. The rerun takes the corrected address; whoever has the message already gets" \
  "no second one."
run 0 'crier rerun 1'
run 0 'crier daemon --once'
run 0 'crier status 1'

heading "6. Words for each reader"
remark "A template has fields, and words in several languages. This one comes with crier; so would it read for a mother" \
  "of two."
run 0 'mkdir templates'
run 0 'cp "$SOURCE/examples/templates/trip.toml" templates'
run 0 'crier template check'
run 0 'crier template preview trip --for C0018 --via email,sms'
remark "Before anything is queued every field is looked at: nobody gets a letter with a gap in it."
run 5 "crier send year:9 --to parent -s 'Trip' -m 'Dear {{title}} {{family}}'"
remark "It leaves at four, and until then it can be taken back. Who receives it is worked out again when it leaves."
run 0 'crier send year:9 --to parent --template trip --at 2026-11-25T16:00'
run 0 'crier cancel 2'

heading "7. Every Friday: what has not been handed in"
remark "A schedule is a file. This one comes with crier."
run 0 'mkdir schedules'
run 0 'cp "$SOURCE/schedules/missing-weekly.toml" schedules'
run 0 'crier schedule check'
run 0 'crier schedule preview --days 7'
remark "The daemon would run it on Friday at four. The office does not want to wait: now, by hand."
run 0 'crier schedule run missing-weekly'
run 0 'crier daemon --once'
remark "One message for each guardian, whatever the number of children and subjects. This mother has two children here."
run 0 "sed '/^Content-Type: text.html/,\$d' \"\$(grep -l ferreiragonalves.18@ outbox/email/3-*.eml)\""
remark "Each assignment is told to a guardian once: a second run has nothing to say."
run 0 'crier schedule run missing-weekly'

heading "8. What reached whom"
run 0 'crier status'
remark "The report has a row for each message; a page to print or to send on is a file."
run 0 'crier report delivery | sed -n 1,12p'
run 0 'crier report delivery --format html -o report.html'
run 0 'crier store check'

heading "That was the tour"
remark "All of it lies in ${DEMO_DIR:-build/demo}: crier.toml, crier.db, outbox/, report.html. Go on there with" \
  "export CRIER_CLOCK=$CRIER_CLOCK and $program, or start again: bash examples/demo.sh"
