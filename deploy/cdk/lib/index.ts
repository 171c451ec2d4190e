export type { PhoenatOptions } from './options';
export { Phoenat, type PhoenatProps, type PhoenatZone } from './phoenat';
export { PhoenatProvider, type PhoenatProviderProps } from './provider';
