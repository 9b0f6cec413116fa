// Merged into the builder's own configuration.
//
// The builder numbers modules by a hash of their paths, and one of these paths is absolute: the same
// sources would build to other bytes in another folder. Numbers in order of use depend on nothing else,
// so CI can compare the committed output byte for byte.
module.exports = {
  optimization: { moduleIds: 'natural', chunkIds: 'natural' }
};
