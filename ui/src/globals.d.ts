declare const UI_VERSION: string;
