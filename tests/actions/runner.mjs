// Executes composite actions and the jobs of workflows on this host, as GitHub's runner does: expressions by GitHub's own
// evaluator (@actions/expressions), steps in order with their own files for outputs, environment and summary, workflow commands
// read from what is printed. One JSON request on standard input, one JSON answer on standard output; the tests judge.
//
// `uses:` of other repositories are not fetched: each must be in `stubs`, as {outputs, run}, `run` being a script of bash that sees
// its inputs as INPUT_NAME. Whatever a stub was given is written down.
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";

const asked = JSON.parse(fs.readFileSync(0, "utf8"));
const modules = path.join(asked.tools, "node_modules");
const { Lexer, Parser, Evaluator, data } = await import(pathToFileURL(path.join(modules, "@actions/expressions/dist/index.js")));
const YAML = createRequire(asked.tools + "/")("yaml");

const STATUS = ["success", "failure", "always", "cancelled"];
const SUMMARY_LIMIT = 1024 * 1024;
let files = 0;

// --- expressions ---------------------------------------------------------------------------------------------------------------
function asData(value) {
  if (value === null || value === undefined) return new data.Null();
  if (typeof value === "string") return new data.StringData(value);
  if (typeof value === "number") return new data.NumberData(value);
  if (typeof value === "boolean") return new data.BooleanData(value);
  if (Array.isArray(value)) return new data.Array(...value.map(asData));
  return new data.Dictionary(...Object.entries(value).map(([key, inner]) => ({ key, value: asData(inner) })));
}

function evaluate(source, contexts, status) {
  const known = STATUS.map((name) => ({ name, minArgs: 0, maxArgs: 0 }));
  const tree = new Parser(new Lexer(source).lex().tokens, Object.keys(contexts), known).parse();
  const calls = new Map(STATUS.map((name) => [name, { name, minArgs: 0, maxArgs: 0, call: () => asData(status[name]()) }]));
  return new Evaluator(tree, asData(contexts), calls).evaluate();
}

const plain = { success: () => true, failure: () => false, always: () => true, cancelled: () => false };
const filled = (text, contexts, status = plain) =>
  String(text ?? "").replace(/\$\{\{([\s\S]*?)\}\}/g, (_, inner) => evaluate(inner.trim(), contexts, status).coerceString());
const filledAll = (said, contexts, status) =>
  Object.fromEntries(Object.entries(said ?? {}).map(([name, value]) => [name, filled(value, contexts, status)]));

function holds(condition, contexts, status) {
  const inner = String(condition ?? "success()").trim().replace(/^\$\{\{([\s\S]*)\}\}$/, "$1").trim();
  const whole = /\b(success|failure|always|cancelled)\s*\(/.test(inner) ? inner : `success() && (${inner})`;
  const found = evaluate(whole, contexts, status);
  return !["", "false", "0"].includes(found.coerceString());
}

// --- what a step tells -----------------------------------------------------------------------------------------------------------
function pairs(file) {
  const found = {}, lines = fs.readFileSync(file, "utf8").split("\n");
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at];
    if (line === "") continue;
    const equals = line.indexOf("="), heredoc = line.indexOf("<<");
    if (heredoc >= 0 && (equals < 0 || heredoc < equals)) {
      const end = line.slice(heredoc + 2), body = [];
      while (++at < lines.length && lines[at] !== end) body.push(lines[at]);
      if (at >= lines.length) throw new Error(`no end of ${line} in a file of outputs`);
      found[line.slice(0, heredoc)] = body.join("\n");
    } else if (equals >= 0) found[line.slice(0, equals)] = line.slice(equals + 1);
    else throw new Error(`invalid format '${line}' in a file of outputs`);
  }
  return found;
}

const COMMANDS = ["error", "warning", "notice", "debug", "group", "endgroup", "echo", "add-mask", "add-matcher", "remove-matcher",
  "save-state", "set-output", "set-env", "add-path", "stop-commands"];
const unescaped = (text) => text.replace(/%0D/g, "\r").replace(/%0A/g, "\n").replace(/%3A/g, ":").replace(/%2C/g, ",").replace(/%25/g, "%");

function commands(printed) { // as ActionCommandManager does: `::name properties::text` at the start of a line, `##[name properties]text` anywhere
  const found = [];
  let waiting = null;
  for (const line of printed.split(/\r?\n/)) {
    const trimmed = line.trimStart();
    const second = trimmed.match(/^::([^:\s]*)(?: ((?:(?!::).)*))?::(.*)$/);
    const first = line.match(/##\[([^\]\s]+)(?: ([^\]]*))?\](.*)$/);
    const match = second ?? first;
    if (!match) continue;
    const [, name, properties, text] = match;
    if (waiting !== null) { if (name === waiting) waiting = null; continue; }
    if (name === "stop-commands") { waiting = text; continue; }
    if (!COMMANDS.includes(name.toLowerCase())) continue;
    const said = Object.fromEntries((properties ?? "").split(",").filter(Boolean).map((one) => {
      const at = one.indexOf("=");
      return [one.slice(0, at).trim(), unescaped(one.slice(at + 1))];
    }));
    found.push({ name, ...said, text: unescaped(text) });
  }
  if (waiting !== null) throw new Error("commands were stopped, and never begun again");
  return found;
}

// --- steps -------------------------------------------------------------------------------------------------------------------------
function shellOf(shell, script) {
  const known = { bash: ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", script], sh: ["sh", "-e", script], "": ["bash", "-e", script] };
  if (!known[shell ?? ""]) throw new Error(`the shell ${shell} is not known here`);
  return known[shell ?? ""];
}

function runScript(words, at, environment, log) {
  files += 1;
  const place = (kind) => { const file = path.join(at.temp, `${kind}_${files}`); fs.writeFileSync(file, ""); return file; };
  const doors = { GITHUB_OUTPUT: place("output"), GITHUB_ENV: place("env"), GITHUB_PATH: place("path"), GITHUB_STEP_SUMMARY: place("summary") };
  const done = spawnSync(words[0], words.slice(1), { cwd: at.directory, env: { ...environment, ...doors }, encoding: "utf8", maxBuffer: 1 << 28 });
  if (done.error) throw done.error;
  Object.assign(at.environment, pairs(doors.GITHUB_ENV));
  const more = fs.readFileSync(doors.GITHUB_PATH, "utf8").trim();
  if (more) at.environment.PATH = [...more.split("\n").reverse(), at.environment.PATH].join(":");
  const summary = fs.readFileSync(doors.GITHUB_STEP_SUMMARY, "utf8");
  if (Buffer.byteLength(summary) > SUMMARY_LIMIT) throw new Error("the summary of a step is larger than GitHub takes");
  at.summary.push(summary);
  Object.assign(log, { code: done.status, stdout: done.stdout, stderr: done.stderr, environment, commands: commands(done.stdout) });
  return { ok: done.status === 0, outputs: pairs(doors.GITHUB_OUTPUT) };
}

function useAction(uses, given, at, environment, log) {
  const [name] = uses.split("@");
  log.uses = uses;
  log.with = given;
  log.environment = environment;
  const here = uses.startsWith("$/") ? path.join(asked.root, uses.slice(2)) : asked.ours?.[name]; // `$/`: the workflow's own repository
  if (here) {
    const inner = composite(here, given, { ...at, environment: { ...environment } });
    Object.assign(log, { steps: inner.steps });
    return { ok: !inner.failed, outputs: inner.outputs };
  }
  const stub = asked.stubs[name];
  if (!stub) throw new Error(`nothing stands in for ${uses}`);
  if (!stub.run) return { ok: true, outputs: stub.outputs ?? {} };
  const named = Object.fromEntries(Object.entries(given).map(([key, value]) => [`INPUT_${key.toUpperCase().replace(/-/g, "_")}`, value]));
  const done = runScript(["bash", "-euo", "pipefail", "-c", stub.run], { ...at, directory: at.workspace }, { ...environment, ...named }, log);
  return { ok: done.ok, outputs: { ...stub.outputs, ...done.outputs } };
}

function runSteps(steps, contexts, at) {
  const logs = [];
  let failed = false;
  let stopped = false;
  const status = { success: () => !failed && !stopped, failure: () => failed && !stopped, always: () => true, cancelled: () => stopped };
  steps.forEach((step, number) => {
    const id = step.id ?? `__${number}`, log = { id, name: step.name ?? "" };
    logs.push(log);
    contexts.env = { ...at.environment };
    if (!holds(step.if, contexts, status)) {
      log.outcome = "skipped";
      contexts.steps[id] = { outputs: {}, outcome: "skipped", conclusion: "skipped" };
      return;
    }
    if (asked.cancelled && log.name === asked.cancelled) { // somebody cancels the run, or it takes too long, while this step runs
      stopped = true;
      log.outcome = "cancelled";
      contexts.steps[id] = { outputs: {}, outcome: "cancelled", conclusion: "cancelled" };
      return;
    }
    const environment = { ...at.environment, ...filledAll(step.env, contexts, status) };
    let done;
    const began = performance.now();
    if (step.uses) done = useAction(step.uses, filledAll(step.with, contexts, status), at, environment, log);
    else {
      const script = path.join(at.temp, `script_${++files}.sh`);
      fs.writeFileSync(script, filled(step.run, contexts, status));
      const directory = path.resolve(at.workspace, filled(step["working-directory"], contexts, status));
      done = runScript(shellOf(step.shell ?? at.shell, script), { ...at, directory }, environment, log);
    }
    log.seconds = (performance.now() - began) / 1000;
    log.outcome = done.ok ? "success" : "failure";
    log.outputs = done.outputs;
    const forgiven = String(step["continue-on-error"] ?? "false") === "true";
    contexts.steps[id] = { outputs: done.outputs, outcome: log.outcome, conclusion: done.ok || forgiven ? "success" : "failure" };
    failed ||= !done.ok && !forgiven;
  });
  return { steps: logs, failed: failed || stopped };
}

function composite(folder, given, at) {
  const action = YAML.parse(fs.readFileSync(path.join(folder, "action.yml"), "utf8"));
  if (action.runs.using !== "composite") throw new Error(`${folder} is no composite action`);
  const contexts = { ...at.contexts, inputs: {}, steps: {} };
  delete contexts.secrets; // an action sees none
  delete contexts.needs;
  for (const [name, input] of Object.entries(action.inputs ?? {})) {
    if (input.required && !(name in given)) throw new Error(`the input ${name} is missing`);
    contexts.inputs[name] = name in given ? given[name] : filled(input.default, contexts);
  }
  for (const name of Object.keys(given)) if (!(name in contexts.inputs)) throw new Error(`there is no input ${name} of ${folder}`);
  const environment = { ...at.environment, GITHUB_ACTION_PATH: path.resolve(folder) };
  const done = runSteps(action.runs.steps, contexts, { ...at, environment, contexts });
  const values = Object.fromEntries(Object.entries(action.outputs ?? {}).map(([name, output]) => [name, output.value]));
  return { ...done, outputs: filledAll(values, contexts) };
}

// --- whole jobs ----------------------------------------------------------------------------------------------------------------------
function jobOf(id, job, inputs, needs, world) {
  const temp = path.join(world.temp, id), workspace = path.join(temp, "workspace");
  fs.mkdirSync(workspace, { recursive: true });
  const github = { ...asked.github, workspace };
  const runner = { os: "Linux", arch: "X64", temp };
  const base = { inputs, needs, github, runner, job: { status: "success", ...asked.job }, vars: {}, secrets: {}, steps: {} };
  const all = needsStatus(needs);
  if (!holds(job.if, base, all)) return { id, result: "skipped", outputs: {}, steps: [] };
  const named = job.environment === undefined ? "" : filled(job.environment.name ?? job.environment, base);
  base.secrets = { ...asked.secrets?.[named] };
  const environment = { ...asked.environment, ...doorsOf(github, runner), GITHUB_JOB: id, ...filledAll(world.env, base), ...filledAll(job.env, base) };
  const at = { temp, workspace, environment, contexts: base, summary: [], shell: job.defaults?.run?.shell ?? world.shell };
  const done = runSteps(job.steps, base, at);
  const outputs = filledAll(job.outputs, base);
  return { id, result: done.failed ? "failure" : "success", outputs, steps: done.steps, summary: at.summary.join(""), environmentName: named };
}

const needsStatus = (needs) => {
  const results = Object.values(needs).map((one) => one.result);
  return { success: () => results.every((one) => one === "success"), failure: () => results.includes("failure"), always: () => true, cancelled: () => false };
};

const doorsOf = (github, runner) => ({
  GITHUB_SERVER_URL: "https://github.com", GITHUB_RUN_ID: "7", GITHUB_RUN_ATTEMPT: "1", GITHUB_WORKFLOW: github.workflow ?? "model",
  GITHUB_WORKSPACE: github.workspace, GITHUB_REPOSITORY: github.repository, GITHUB_EVENT_NAME: github.event_name, GITHUB_ACTIONS: "true",
  CI: "true", RUNNER_TEMP: runner.temp, RUNNER_OS: runner.os, RUNNER_ARCH: runner.arch,
});

function workflow(file, given, temp) {
  const whole = YAML.parse(fs.readFileSync(file, "utf8"));
  const declared = whole.on.workflow_call?.inputs ?? {}, contexts = { github: asked.github, vars: {} }, inputs = {};
  for (const [name, input] of Object.entries(declared)) {
    const value = name in given ? given[name] : input.default ?? (input.type === "boolean" ? false : "");
    inputs[name] = typeof value === "string" ? filled(value, { ...contexts, inputs }) : value;
  }
  for (const name of Object.keys(given)) if (!(name in declared)) throw new Error(`there is no input ${name} of ${file}`);
  const results = {};
  for (const [id, job] of Object.entries(whole.jobs)) {
    const needs = Object.fromEntries([job.needs ?? []].flat().map((name) => [name, { result: results[name].result, outputs: results[name].outputs }]));
    if (job.uses) {
      const inner = filledAll(job.with, { ...contexts, inputs, needs }), called = holds(job.if, { ...contexts, inputs, needs }, needsStatus(needs));
      const run = called ? workflow(asked.ours[job.uses.split("@")[0]], inner, path.join(temp, id)) : { jobs: {}, outputs: {} };
      const bad = Object.values(run.jobs).some((one) => one.result === "failure");
      results[id] = { id, uses: job.uses, result: !called ? "skipped" : bad ? "failure" : "success", outputs: run.outputs, jobs: run.jobs, steps: [] };
    } else results[id] = jobOf(id, job, inputs, needs, { temp, env: whole.env, shell: whole.defaults?.run?.shell });
  }
  const jobs = Object.fromEntries(Object.entries(results).map(([id, one]) => [id, { result: one.result, outputs: one.outputs }]));
  const values = Object.fromEntries(Object.entries(whole.on.workflow_call?.outputs ?? {}).map(([name, output]) => [name, output.value]));
  return { jobs: results, outputs: filledAll(values, { ...contexts, inputs, jobs }) };
}

function action(folder, given) {
  const runner = { os: "Linux", arch: "X64", temp: asked.temp };
  const github = { ...asked.github, workspace: asked.workspace };
  const environment = { ...doorsOf(github, runner), GITHUB_JOB: "gate", ...asked.environment };
  const contexts = { github, runner, job: { status: "success" }, inputs: {}, steps: {} };
  const at = { temp: asked.temp, workspace: asked.workspace, environment, contexts, summary: [] };
  const done = composite(folder, given, at);
  return { ...done, summary: at.summary.join("") };
}

const answer = asked.workflow ? workflow(asked.workflow, asked.inputs, asked.temp) : action(asked.action, asked.inputs);
process.stdout.write(JSON.stringify(answer));
