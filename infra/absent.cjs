// Stands in, within a bundle, for an SDK that its function never uses. CommonJS, so that any name may be imported from it.
throw new Error('this function carries no such SDK; name it among what the function needs in infra/');
