// Where this file lies decides which major is loaded.
export default (name) => import(name);
export const { url } = import.meta;
