import { preload } from './preload';

preload();
