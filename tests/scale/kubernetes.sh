#!/usr/bin/env bash
# Checks docs/scale/job.yaml against the schemas that Kubernetes publishes, as the Python package `kubernetes-validate` brings
# them: every version of it from 1.33 on, with unknown fields refused.
set -euo pipefail
cd "$(dirname "$0")/../.."
tools=target/kubernetes
[ -x "$tools/bin/python" ] || python3 -m venv "$tools"
"$tools/bin/pip" install -q kubernetes-validate
"$tools/bin/python" - docs/scale/job.yaml <<'END'
import sys, copy, yaml, kubernetes_validate as kv

job = yaml.safe_load(open(sys.argv[1]))
for version in ["1.33", "1.34", "1.35", "1.36", "1.37"]:
    kv.validate(job, version, strict=True)
    wrong = copy.deepcopy(job)
    wrong["spec"]["backoffLimitPerIndx"] = wrong["spec"].pop("backoffLimitPerIndex")
    try:
        kv.validate(wrong, version, strict=True)
        sys.exit(f"{version}: a mistyped field was not noticed, so this showed nothing")
    except kv.ValidationError:
        print(f"{version}: valid")
END
