// usage: node lint_dockerfile.js DOCKERFILE    Prints "line: message" for each problem; exit code 1 when there is one.
const fs = require('fs');
const { validate } = require('dockerfile-utils');

const problems = validate(fs.readFileSync(process.argv[2], 'utf8'));
for (const problem of problems) console.log(`${problem.range.start.line + 1}: ${problem.message}`);
process.exit(problems.length === 0 ? 0 : 1);
