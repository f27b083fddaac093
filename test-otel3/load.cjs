// Where this file lies decides which major is loaded.
module.exports = (name) => require(name);
