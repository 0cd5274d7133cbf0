import Glibc
import StaleCommands

exit(await StaleTool.run(RawArguments.ofProcess, in: .ofProcess))
