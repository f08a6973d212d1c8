#!/usr/bin/env bash
# Refuse a call of .github/workflows/gate.yaml in which the change would not be judged, or would choose what it is judged by.
#
# It sees the call, and not who wrote it: on pull_request GitHub runs the caller's file as the merge commit has it, so that a
# change can name a branch of its own here, or leave the gate out. What holds against that is said in docs/github.md.
set -euo pipefail

refuse() {
    echo "::error::$1"
    exit 2
}

if [[ "$EVENT" =~ ^(pull_request_target|workflow_run|issue_comment)$ ]]; then
    refuse "on $EVENT GitHub checks out the default branch, not the change: call this gate on pull_request"
fi
if [[ "$REF" =~ [[:space:][:cntrl:]] ]]; then
    refuse "protected-ref is the name of a branch or a tag, or a commit: there is white space in it"
fi

own="protected-ref names the change itself: policies, gate file and trust come from a branch that it cannot change"
lower=${REF,,}
branch=$REF
if [[ "$lower" == refs/heads/* ]]; then branch=${REF:11}; fi # as actions/checkout reads it, in any case
if [[ "$lower" =~ ^(refs/)?pull/ || "$branch" == gh-readonly-queue/* ]]; then refuse "$own"; fi
for one in "$HEAD_REF" "${HEAD_COMMIT,,}" "${MERGE_COMMIT,,}"; do
    if [[ -n "$one" && ("$branch" == "$one" || "$lower" == "$one") ]]; then refuse "$own"; fi
done
