#!/usr/bin/env bash
# Writes the report as a comment on the pull request: one per directory, which later runs replace.
set -euo pipefail

marker="<!-- witgen diff $(printf %s "$DIRECTORY" | git hash-object --stdin) -->"
comments=repos/$GITHUB_REPOSITORY/issues/$NUMBER/comments
warn() {
    # No failure: the summary has the report, and bots' pull requests have tokens that only read.
    echo "::warning title=witgen diff::$1; grant the job \`pull-requests: write\`, or set \`comment: false\`"
    exit
}

body=$RUNNER_TEMP/witgen-comment.md
printf '%s\n' "$marker" > "$body"
# A comment has at most 65536 characters, and only whole lines make sense.
if [ "$(wc -c < "$REPORT")" -gt 60000 ]; then
    head -c 60000 "$REPORT" | sed '$d' >> "$body"
    printf '\n\n… the summary of the run has the rest.\n' >> "$body"
else
    cat "$REPORT" >> "$body"
fi

# Ours is by a bot, and begins with the marker: nobody else's is changed.
list='.[] | "\(.id) \(.user.type) \(.body | split("\n")[0] | rtrimstr("\r"))"'
lines=$(gh api --paginate "$comments" --jq "$list") || warn "the comments can't be read"
id=
while read -r candidate author first; do
    if [ "$author" = Bot ] && [ "$first" = "$marker" ]; then
        id=$candidate
        break
    fi
done <<< "$lines"
if [ -n "$id" ]; then
    gh api --silent --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$id" --field "body=@$body" ||
        warn "the comment can't be changed"
elif [ "$CHANGES" != 0 ]; then
    gh api --silent --method POST "$comments" --field "body=@$body" || warn "the comment can't be written"
fi
