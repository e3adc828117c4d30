// Preloaded in test processes, for the threads that sources start there: Node strips the types of `x.ts`, but does not find it as
// `x.js`, the name under which TypeScript imports it.
import { registerHooks } from 'node:module';

registerHooks({
  resolve(specifier, context, next) {
    const isRelative = specifier.startsWith('.') && specifier.endsWith('.js');
    if (!isRelative || !context.parentURL?.endsWith('.ts')) return next(specifier, context);
    return next(specifier.replace(/\.js$/, '.ts'), context);
  },
});
