// This file's location decides which major version is loaded.
export default (name) => import(name);
export const { url } = import.meta;
