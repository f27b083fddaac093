// This file's location decides which major version is loaded.
module.exports = (name) => require(name);
