return await ControlPlane.CommandLine.ActorsCommand.Run(args);
